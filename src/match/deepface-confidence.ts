import { roundHalfEven, roundTo } from '../math/rounding.ts'
import { COEFFICIENTS } from './deepface-coefficients.ts'
import { DEEPFACE_THRESHOLDS } from './deepface-thresholds.ts'
import { distance, type Metric, type Vector } from './distance.ts'

/** Least confidence when two faces are one person. */
const SAME = 51

/** Most confidence when they are two. */
const DIFFERENT = 49

/**
 * Distance as DeepFace reports it: rounded to six decimals, halves to the even one. DeepFace returns infinity for a zero vector; this
 * returns the distance of orthogonal vectors, which is beyond every threshold too.
 * @throws {RangeError} when the lengths differ.
 */
export const deepfaceDistance = (metric: Metric, a: Vector, b: Vector): number => rounded(distance(metric, a, b))

/** Rounds a distance as DeepFace does: to six decimals, halves to the even one. */
export const rounded = (distance: number): number => roundHalfEven(distance * 1e6) / 1e6

/**
 * DeepFace 0.0.100's confidence in its verdict, 0..100, two decimals (`confidence.py`): 51 or more when `distance` is within the
 * published threshold, 49 or less when it is not. A threshold that a client sets does not change it.
 * @throws {RangeError} for a model that DeepFace does not have.
 */
export function deepfaceConfidence (model: string, metric: Metric, distance: number): number {
  const threshold = DEEPFACE_THRESHOLDS[model]?.[metric]
  if (threshold === undefined) throw new RangeError(`DeepFace has no threshold for ${model} and ${metric}.`)
  const same = distance <= threshold
  if (distance <= 0) return same ? 100 : 0
  const coefficients = COEFFICIENTS[model]?.[metric]
  if (!coefficients) return same ? SAME : DIFFERENT
  const [w, b, normalizer, maxTrue, minTrue, maxFalse, minFalse] = coefficients
  const scaled = normalizer > 1 ? distance / normalizer : distance
  const raw = 100 / (1 + Math.exp(-(w * scaled + b)))
  const [from, to, least, most] = same
    ? [minTrue, maxTrue, Math.max(SAME, minTrue), 100]
    : [minFalse, maxFalse, 0, Math.min(DIFFERENT, Math.trunc(maxFalse))]
  const stretched = (raw - from) / (to - from) * (most - least) + least
  const bounded = same ? Math.max(SAME, stretched) : Math.min(DIFFERENT, stretched)
  return roundTo(Math.min(100, Math.max(0, bounded)), 2)
}
