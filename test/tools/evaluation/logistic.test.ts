import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { probability } from '../../../src/match/probability.ts'
import { fitLogistic } from '../../../tools/evaluation/logistic.ts'

const f = (...values: number[]): Float64Array => Float64Array.from(values)
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

t.test('two values: the curve goes through the shares', async (t) => {
  // At 1 three of four pairs show one person, at 0 one of four: logit(3/4) = ln 3 and logit(1/4) = −ln 3.
  const { slope, intercept } = fitLogistic(f(1, 1, 1, 0), f(0, 0, 0, 1))
  t.ok(near(slope, 2 * Math.log(3)), String(slope))
  t.ok(near(intercept, -Math.log(3)), String(intercept))
})

t.test('both kinds weigh the same, however many pairs there are', async (t) => {
  const few = fitLogistic(f(1, 1, 1, 0), f(0, 0, 0, 1))
  const many = fitLogistic(f(1, 1, 1, 0), Float64Array.from({ length: 4000 }, (_, i) => i % 4 === 0 ? 1 : 0))
  t.ok(near(few.slope, many.slope) && near(few.intercept, many.intercept))
})

t.test('at the top the curve explains both kinds without bias', async (t) => {
  const same = Float64Array.from({ length: 500 }, (_, i) => 0.3 + 0.5 * Math.sin(i) ** 2)
  const different = Float64Array.from({ length: 900 }, (_, i) => 0.45 * Math.sin(3 * i) ** 2)
  const curve = fitLogistic(same, different)
  const mean = (values: Float64Array, g: (x: number) => number) => values.reduce((sum, x) => sum + g(x), 0) / values.length
  const p = (x: number) => probability(curve, x)
  t.ok(near(mean(same, (x) => 1 - p(x)), mean(different, p)), 'derivative by the intercept is zero')
  t.ok(near(mean(same, (x) => x * (1 - p(x))), mean(different, (x) => x * p(x))), 'derivative by the slope is zero')
})

t.test('samples without a likeliest curve are refused', async (t) => {
  t.throws(() => fitLogistic(f(0.8, 0.9), f(0.1, 0.2)), { constructor: UsageError, message: /threshold separates all/ })
  t.throws(() => fitLogistic(f(), f(0.1)), { message: 'The list has no pairs of one person.' })
  t.throws(() => fitLogistic(f(0.1), f()), { message: 'The list has no pairs of two people.' })
})
