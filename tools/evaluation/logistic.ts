import { UsageError } from '../../src/commands/usage-error.ts'
import type { Curve } from '../../src/match/probability.ts'

/** Limit of Newton steps. Fits of real photos take about ten. */
const MOST_STEPS = 200

/** The fit has converged when a step changes neither slope nor intercept by more than this. */
const PRECISION = 1e-9

/** Likelihoods that differ by less are equal: near the maximum a step changes the sum by less than its rounding. */
const ROUNDING = 1e-12

/** Above this slope the curve is a step function; no sample of real photos needs one. */
const STEEPEST = 1e4

/**
 * Fits the curve P(same) = 1 / (1 + exp(−(slope · x + intercept))) by maximum likelihood to the cosine similarities of pairs of one
 * person and of two, by Newton's method with step halving. Both classes have the same total weight, so the curve holds for a client half
 * of whose pairs show one person.
 * @throws {UsageError} when one class has no pairs, or a threshold separates both without error: then no finite curve is the likeliest.
 */
export function fitLogistic (same: Float64Array, different: Float64Array): Curve {
  if (same.length === 0) throw new UsageError('The list has no pairs of one person.')
  if (different.length === 0) throw new UsageError('The list has no pairs of two people.')
  const at = (curve: Curve): Likelihood => sum(likelihood(same, 1, curve), likelihood(different, 0, curve))

  let curve: Curve = { slope: 0, intercept: 0 }
  let here = at(curve)
  for (let step = 0; step < MOST_STEPS && Math.abs(curve.slope) < STEEPEST; step++) {
    const { slope, intercept } = newton(here)
    if (Math.max(Math.abs(slope), Math.abs(intercept)) < PRECISION) return curve
    let share = 1
    let next: Curve
    let there: Likelihood
    do {
      next = { slope: curve.slope + share * slope, intercept: curve.intercept + share * intercept }
      there = at(next)
      share /= 2
    } while (!(there.log >= here.log - ROUNDING) && share > PRECISION)
    curve = next
    here = there
  }
  throw new UsageError('No curve fits: a threshold separates all pairs of one person from all pairs of two. Use a larger list.')
}

/** Mean log likelihood under a curve, its first derivatives and its negated second derivatives. */
interface Likelihood {
  readonly log: number
  readonly bySlope: number
  readonly byIntercept: number
  readonly slope2: number
  readonly both: number
  readonly intercept2: number
}

/** Likelihood of pairs of one person (`target` 1) or of two (0). */
function likelihood (values: Float64Array, target: 0 | 1, { slope, intercept }: Curve): Likelihood {
  const sums = { log: 0, bySlope: 0, byIntercept: 0, slope2: 0, both: 0, intercept2: 0 }
  const weight = 1 / values.length
  for (const x of values) {
    const z = slope * x + intercept
    const p = 1 / (1 + Math.exp(-z))
    const error = weight * (target - p)
    const spread = weight * p * (1 - p)
    // log(1 + e^±z), written so that it does not overflow.
    sums.log -= weight * (Math.max(0, target === 1 ? -z : z) + Math.log1p(Math.exp(-Math.abs(z))))
    sums.bySlope += error * x
    sums.byIntercept += error
    sums.slope2 += spread * x * x
    sums.both += spread * x
    sums.intercept2 += spread
  }
  return sums
}

const sum = (a: Likelihood, b: Likelihood): Likelihood => ({
  log: a.log + b.log,
  bySlope: a.bySlope + b.bySlope,
  byIntercept: a.byIntercept + b.byIntercept,
  slope2: a.slope2 + b.slope2,
  both: a.both + b.both,
  intercept2: a.intercept2 + b.intercept2
})

/** Step to the vertex of the parabola with the same derivatives. Not finite where there is none. */
function newton ({ bySlope, byIntercept, slope2, both, intercept2 }: Likelihood): Curve {
  const determinant = slope2 * intercept2 - both * both
  return {
    slope: (intercept2 * bySlope - both * byIntercept) / determinant,
    intercept: (slope2 * byIntercept - both * bySlope) / determinant
  }
}
