import type { Curve } from '../match/probability.ts'
import { EvaluationProblem } from './problem.ts'

/** Cosine similarities of one kind of pair. */
export interface Sample {
  readonly values: Float64Array
  /** How often each value occurs; once when left out. */
  readonly counts?: Float64Array
}

/** Newton's steps. Fits of real photos take about ten. */
const MOST_STEPS = 200

/** Slope and intercept are found when a step changes neither by more than this. */
const PRECISION = 1e-9

/** A steeper curve is a step: no sample of real photos needs it. */
const STEEPEST = 1e4

/**
 * The curve P(same) = 1 / (1 + exp(−(slope · x + intercept))) under which the sample is likeliest, by Newton's method with halved
 * steps where a whole one does not improve. Both kinds of pair weigh the same in sum, so the curve answers for a client whose
 * pairs are one person as often as not.
 * @throws {EvaluationProblem} when a sample is empty, or a threshold separates both without error: then no finite curve is the likeliest.
 */
export function fitLogistic (same: Sample, different: Sample): Curve {
  const points = [weighted(same, 1), weighted(different, 0)]
  let curve: Curve = { slope: 0, intercept: 0 }
  let likelihood = evaluate(points, curve)
  for (let step = 0; step < MOST_STEPS; step++) {
    const { slope, intercept } = newton(likelihood)
    if (Math.max(Math.abs(slope), Math.abs(intercept)) < PRECISION) return curve
    let share = 1
    let next: Curve
    let found: Likelihood
    do {
      next = { slope: curve.slope + share * slope, intercept: curve.intercept + share * intercept }
      found = evaluate(points, next)
      share /= 2
    } while (!(found.log >= likelihood.log) && share > PRECISION)
    curve = next
    likelihood = found
    if (!(Math.abs(curve.slope) < STEEPEST)) break
  }
  throw new EvaluationProblem('No curve fits: a threshold separates all pairs of one person from all pairs of two. Use a larger list.')
}

interface Points extends Sample {
  readonly counts: Float64Array
  /** 1 for one person, 0 for two. */
  readonly target: 0 | 1
}

/** Log likelihood of the points under a curve, its first and its negated second derivatives. */
interface Likelihood {
  readonly log: number
  readonly bySlope: number
  readonly byIntercept: number
  readonly slope2: number
  readonly both: number
  readonly intercept2: number
}

function weighted ({ values, counts = new Float64Array(values.length).fill(1) }: Sample, target: 0 | 1): Points {
  const sum = counts.reduce((total, count) => total + count, 0)
  if (!(sum > 0)) throw new EvaluationProblem(`The list has no pairs of ${target === 1 ? 'one person' : 'two people'}.`)
  return { values, counts: counts.map((count) => count / (2 * sum)), target }
}

function evaluate (points: readonly Points[], { slope, intercept }: Curve): Likelihood {
  const sums = { log: 0, bySlope: 0, byIntercept: 0, slope2: 0, both: 0, intercept2: 0 }
  for (const { values, counts, target } of points) {
    for (let i = 0; i < values.length; i++) {
      const x = values[i]!
      const weight = counts[i]!
      const z = slope * x + intercept
      const p = 1 / (1 + Math.exp(-z))
      const error = weight * (target - p)
      const spread = weight * p * (1 - p)
      // log(1 + e^±z), written so that it does not overflow.
      const towards = target === 1 ? -z : z
      sums.log -= weight * (Math.max(0, towards) + Math.log1p(Math.exp(-Math.abs(z))))
      sums.bySlope += error * x
      sums.byIntercept += error
      sums.slope2 += spread * x * x
      sums.both += spread * x
      sums.intercept2 += spread
    }
  }
  return sums
}

/** The step to the top of the parabola that has the same derivatives. Not finite where there is none. */
function newton ({ bySlope, byIntercept, slope2, both, intercept2 }: Likelihood): Curve {
  const determinant = slope2 * intercept2 - both * both
  return {
    slope: (intercept2 * bySlope - both * byIntercept) / determinant,
    intercept: (slope2 * byIntercept - both * bySlope) / determinant
  }
}
