import t from 'tap'
import { type Metric, angular, cosine, distance, euclidean, euclideanL2, similarity } from '../../../src/match/distance.ts'
import { closestPair } from '../../../src/match/pair.ts'
import { confidence, probability } from '../../../src/match/probability.ts'
import { rank } from '../../../src/match/rank.ts'
import { random } from '../../random.ts'

const METRICS: Metric[] = ['cosine', 'euclidean', 'euclidean_l2', 'angular']

const vector = (next: () => number, length: number) => Float32Array.from({ length }, () => next() * 2 - 1)
const near = (actual: number, expected: number) => Math.abs(actual - expected) <= 1e-12

t.test('distances of known angles', async (t) => {
  for (const [a, b, metric, expected] of [
    [[1, 0], [5, 0], 'cosine', 0], [[1, 0], [0, 2], 'cosine', 1], [[1, 0], [-3, 0], 'cosine', 2],
    [[1, 0], [5, 0], 'euclidean', 4], [[1, 2, 3], [1, 2, 3], 'euclidean', 0], [[0, 0, 0, 0, 0], [1, 1, 1, 1, 0], 'euclidean', 2],
    [[1, 0], [5, 0], 'euclidean_l2', 0], [[1, 0], [0, 2], 'euclidean_l2', Math.SQRT2], [[1, 0], [-3, 0], 'euclidean_l2', 2],
    [[1, 0], [5, 0], 'angular', 0], [[1, 0], [0, 2], 'angular', 0.5], [[1, 0], [-3, 0], 'angular', 1], [[1, 0], [1, 1], 'angular', 0.25]
  ] as Array<[number[], number[], Metric, number]>) {
    t.ok(near(distance(metric, a, b), expected), `${metric} of ${a} and ${b} is ${expected}`)
  }
})

t.test('each metric agrees with its textbook form on random vectors of any length', async (t) => {
  const next = random(1)
  for (let length = 1; length <= 20; length++) {
    const [a, b] = [vector(next, length), vector(next, length)]
    const sum = (f: (x: number, y: number) => number) => a.reduce((total, x, i) => total + f(x, b[i]!), 0)
    const [na, nb] = [Math.sqrt(sum((x) => x * x)), Math.sqrt(sum((_, y) => y * y))]
    const cos = Math.min(1, Math.max(-1, sum((x, y) => x * y) / na / nb))
    t.ok(near(cosine(a, b), 1 - cos))
    t.ok(near(euclidean(a, b), Math.sqrt(sum((x, y) => (x - y) ** 2))))
    // Near 0 the square root turns an error of 1e-16 in the cosine into 1e-8.
    t.ok(Math.abs(euclideanL2(a, b) - Math.sqrt(sum((x, y) => (x / na - y / nb) ** 2))) <= 1e-7)
    t.ok(Math.abs(angular(a, b) - Math.acos(cos) / Math.PI) <= 1e-7)
  }
})

t.test('a vector is at exactly 0 from itself, never at −0, and distances are symmetric', async (t) => {
  const next = random(2)
  for (const metric of METRICS) {
    for (let i = 0; i < 200; i++) {
      const [a, b] = [vector(next, 13), vector(next, 13)]
      if (!Object.is(distance(metric, a, a), 0)) t.fail(`${metric} of a vector and itself is ${distance(metric, a, a)}`)
      if (distance(metric, a, b) !== distance(metric, b, a)) t.fail(`${metric} is not symmetric`)
    }
    t.ok(Object.is(distance(metric, [3, 4], [3, 4]), 0), metric)
  }
})

t.test('rounding never leaves −1..1, whatever the scale', async (t) => {
  const next = random(3)
  for (let i = 0; i < 500; i++) {
    const a = vector(next, 7)
    const b = a.map((x) => x * (1 + i))
    const opposite = a.map((x) => -x * (1 + i))
    if (similarity(a, b) > 1 || similarity(a, opposite) < -1) t.fail('outside −1..1')
    if (Number.isNaN(angular(a, b)) || Number.isNaN(angular(a, opposite))) t.fail('NaN')
  }
})

t.test('a zero vector counts as orthogonal to everything', async (t) => {
  for (const other of [[0, 0, 0], [1, 2, 3]]) {
    t.equal(similarity([0, 0, 0], other), 0)
    t.equal(cosine([0, 0, 0], other), 1)
    t.equal(euclideanL2(other, [0, 0, 0]), Math.SQRT2)
    t.ok(near(angular([0, 0, 0], other), 0.5))
  }
})

t.test('values at the ends of double precision give finite distances', async (t) => {
  for (const size of [1e-320, 1e-200, 1e200, Number.MAX_VALUE]) {
    t.ok(near(cosine([size, 0], [size, size]), 1 - Math.SQRT1_2), `${size}`)
    for (const metric of METRICS) t.ok(Number.isFinite(distance(metric, [size, size], [-size, size])), `${metric} at ${size}`)
  }
})

t.test('embeddings of different lengths are refused', async (t) => {
  for (const metric of METRICS) t.throws(() => distance(metric, [1], [1, 2]), RangeError)
})

t.test('probability is a logistic curve', async (t) => {
  t.equal(probability({ slope: 10, intercept: -3 }, 0.3), 0.5)
  t.ok(near(probability({ slope: 1, intercept: 0 }, 1), 1 / (1 + Math.exp(-1))))
  t.equal(probability({ slope: 1e6, intercept: 0 }, -1), 0)
  t.equal(probability({ slope: 1e6, intercept: 0 }, 1), 1)
  t.equal(confidence({ slope: 10, intercept: -3 }, 0.3), 50)
  t.equal(confidence({ slope: 1, intercept: 0 }, 1), 73.11)
})

t.test('the closest pair of two pictures', async (t) => {
  t.strictSame(closestPair('cosine', [[1, 0], [0, 1]], [[-1, 0], [1, 1], [0, 2]]), { a: 1, b: 2, distance: 0 })
  t.strictSame(closestPair('euclidean', [[0, 0], [5, 5]], [[5, 5], [0, 0]]), { a: 0, b: 1, distance: 0 }, 'the first of equals')
  t.equal(closestPair('cosine', [], [[1]]), undefined)
  t.equal(closestPair('cosine', [[1]], []), undefined)
  t.equal(closestPair('euclidean', [[]], [[]])?.distance, 0)
})

t.test('crowds are compared by their largest faces, a crowd with one face whole', async (t) => {
  const length = 2 ** 21
  // A budget of 2^25 multiplications allows 16 comparisons of 2^21 values.
  const [far, same] = [new Float32Array(length).fill(1), new Float32Array(length)]
  const crowd = (count: number, at: number) => Array.from({ length: count }, (_, i) => i === at ? same : far)
  t.equal(closestPair('euclidean', [same], crowd(6, 5))?.b, 5)
  t.equal(closestPair('euclidean', crowd(6, 5), [same])?.a, 5)
  t.equal(closestPair('euclidean', Array.from({ length: 6 }, () => same), crowd(6, 3))?.b, 3, 'the fourth of both is looked at')
  t.not(closestPair('euclidean', Array.from({ length: 6 }, () => same), crowd(6, 5))?.b, 5, 'the sixth is not')
})

t.test('search', async (t) => {
  const matrix = (rows: number[][]) => Float32Array.from(rows.flat())

  t.test('nearest first, equal distances in row order, within the threshold', async (t) => {
    const request = { vectors: matrix([[0, 1], [1, 0], [1, 1], [2, 0], [-1, 0]]), length: 2, query: Float32Array.of(1, 0), metric: 'cosine' as const }
    t.strictSame(rank({ ...request, threshold: 0, k: undefined }), [{ row: 1, distance: 0 }, { row: 3, distance: 0 }])
    t.strictSame(rank({ ...request, threshold: Infinity, k: undefined }).map(({ row }) => row), [1, 3, 2, 0, 4])
    t.strictSame(rank({ ...request, threshold: Infinity, k: 3 }).map(({ row }) => row), [1, 3, 2])
    t.strictSame(rank({ ...request, threshold: Infinity, k: 1 }).map(({ row }) => row), [1])
    t.strictSame(rank({ ...request, threshold: Infinity, k: 0 }), [])
  })

  t.test('agrees with a full sort, bit for bit with distance', async (t) => {
    const next = random(4)
    for (const metric of METRICS) {
      for (const [rows, length] of [[1, 1], [50, 3], [300, 17], [400, 4]] as const) {
        const vectors = vector(next, rows * length)
        // Doubled rows and coarse values make equal distances.
        if (length === 4) vectors.forEach((x, i) => { vectors[i] = Math.round(x * 2) })
        const query = vector(next, length)
        const all = Array.from({ length: rows }, (_, row) => ({ row, distance: distance(metric, query, vectors.subarray(row * length, (row + 1) * length)) }))
          .sort((p, q) => p.distance - q.distance || p.row - q.row)
        const threshold = all[rows >> 1]!.distance
        const within = all.filter((hit) => hit.distance <= threshold)
        for (const k of [undefined, 0, 1, 5, 1000]) {
          t.strictSame(rank({ vectors, length, query, metric, threshold: Infinity, k }), all.slice(0, k), `${metric} ${rows}×${length}, k ${k}`)
          t.strictSame(rank({ vectors, length, query, metric, threshold, k }), within.slice(0, k))
        }
      }
    }
  })

  t.test('reads shared memory, and finds nothing in nothing', async (t) => {
    const shared = new Float32Array(new SharedArrayBuffer(8))
    shared.set([3, 4])
    t.strictSame(rank({ vectors: shared, length: 2, query: Float32Array.of(3, 4), metric: 'euclidean', threshold: 0, k: 1 }), [{ row: 0, distance: 0 }])
    t.strictSame(rank({ vectors: new Float32Array(0), length: 2, query: Float32Array.of(3, 4), metric: 'cosine', threshold: 1, k: 1 }), [])
  })

  t.test('never lists a row that holds NaN', async (t) => {
    for (const metric of METRICS) {
      const hits = rank({ vectors: matrix([[NaN, 1], [1, 1]]), length: 2, query: Float32Array.of(1, 1), metric, threshold: Infinity, k: undefined })
      t.strictSame(hits, [{ row: 1, distance: 0 }], metric)
    }
  })

  t.test('sizes that do not fit are refused', async (t) => {
    const request = { length: 2, metric: 'cosine' as const, threshold: 1, k: 1 }
    t.throws(() => rank({ ...request, vectors: new Float32Array(4), query: new Float32Array(3) }), /3 values, the rows have 2/)
    t.throws(() => rank({ ...request, vectors: new Float32Array(3), query: new Float32Array(2) }), /3 values are no rows of 2/)
    t.throws(() => rank({ ...request, length: 0, vectors: new Float32Array(0), query: new Float32Array(0) }), /no rows of 0/)
  })
})
