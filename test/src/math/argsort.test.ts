import t from 'tap'
import { argsort } from '../../../src/math/argsort.ts'

t.test('equal values come in the order of NumPy 2.1.3, recorded', async (t) => {
  const values = Array.from({ length: 40 }, (_, k) => (k * k * 7) % 5)
  t.strictSame(argsort(values), [
    0, 5, 15, 10, 25, 30, 20, 35, 14, 9, 26, 24, 16, 11, 4, 6, 31, 29, 21, 19, 36, 39, 34, 1, 12, 13, 17, 18, 3, 2, 8, 7, 28, 27, 22, 23, 32, 33, 37, 38
  ])
  t.strictSame(argsort([]), [])
})

t.test('every number of values is sorted, each once', async (t) => {
  for (const count of [1, 2, 3, 100, 256, 257, 288, 289, 1000, 5000]) {
    for (const kinds of [1, 2, 17, 1e9]) {
      const values = Array.from({ length: count }, (_, k) => (k * k * 31 + k * 77) % 10007 % kinds)
      const places = argsort(values)
      t.strictSame(new Set(places).size, count)
      t.strictSame(places.map((place) => values[place]), [...values].sort((p, q) => p - q))
    }
  }
})

t.test('with more than a sorting network takes, equal values are read from both ends in registers of eight', async (t) => {
  // Worked out by hand from x86-simd-sort: with one value all go to the right end, in batches of 32.
  const places = argsort(new Float64Array(288))
  t.strictSame(places.slice(0, 8), [280, 281, 282, 283, 284, 285, 286, 287])
  t.strictSame(places.slice(-8), [32, 33, 34, 35, 36, 37, 38, 39])
})
