import t from 'tap'
import { acceptedBelow, allowed, bestThreshold, boundAtFar, countAtMost, equalErrorRate, rightAt } from '../../../tools/evaluation/roc.ts'

const f = (...values: number[]): Float64Array => Float64Array.from(values)

/** Returns two overlapping samples of `n` distances each from a fixed generator. */
function overlapping (n: number): { same: Float64Array, different: Float64Array } {
  let state = 1
  const next = (): number => (state = state * 48271 % 2147483647) / 2147483647
  const sample = (from: number) => Float64Array.from({ length: n }, () => from + Math.round(50 * (next() + next())) / 50).sort()
  return { same: sample(0), different: sample(1) }
}

t.test('counting includes the threshold itself', async (t) => {
  t.strictSame([0, 1, 1.5, 2, 3].map((x) => countAtMost(f(1, 2, 2, 2.5), x)), [0, 1, 1, 3, 4])
  t.equal(countAtMost(f(), 1), 0)
})

t.test('the best threshold, by hand', async (t) => {
  // .3 accepts all three pairs of one person and one of two people; .2 accepts one less of each; .1 is as good as .3 would be without
  // .25.
  const distances = { same: f(0.1, 0.2, 0.3), different: f(0.25, 0.4, 0.5) }
  t.equal(bestThreshold(distances), 0.2, 'the lowest of several')
  t.equal(rightAt(distances, 0.2), 5)
  t.equal(rightAt(distances, 0.3), 5)
  t.equal(bestThreshold({ same: f(0.9), different: f(0.1, 0.2) }), -Infinity, 'accepting nothing is right twice, anything at most once')
})

t.test('no threshold judges more pairs rightly than the best', async (t) => {
  const distances = overlapping(300)
  const most = rightAt(distances, bestThreshold(distances))
  for (const threshold of [-1, ...distances.same, ...distances.different, 9]) t.ok(rightAt(distances, threshold) <= most)
})

t.test('a bound for a rate of false accepts', async (t) => {
  const different = f(0.1, 0.2, 0.3, 0.4)
  t.equal(boundAtFar(different, 0.5), 0.3, 'two of four lie below')
  t.equal(boundAtFar(different, 0.49), 0.2, 'no more than the rate')
  t.equal(boundAtFar(different, 0), 0.1)
  t.equal(boundAtFar(different, 1), Infinity)
  t.equal(boundAtFar(f(0.1, 0.1, 0.1), 0.34), 0.1, 'equal distances are all refused')
  t.equal(allowed(0.29, 100), 29, 'in spite of 0.29 * 100 = 28.999…')
  t.equal(acceptedBelow(f(0.1, 0.2, 0.3), 0.2, 4), 0.25, 'the bound itself is refused; pairs that could not be compared too')
})

t.test('equal error rate, by hand', async (t) => {
  t.equal(equalErrorRate({ same: f(1, 2), different: f(3, 4) }), 0)
  t.equal(equalErrorRate({ same: f(1, 2, 3, 6), different: f(4, 5, 7, 8) }), 0.25, 'at 4: one of four refused, one of four accepted')
  t.equal(equalErrorRate({ same: f(3, 4), different: f(1, 2) }), 1, 'the wrong way round')
})
