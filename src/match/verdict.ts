import { deepfaceConfidence, rounded } from './deepface-confidence.ts'
import type { Metric } from './distance.ts'
import { type Curve, confidence } from './probability.ts'

/**
 * More than a distance changes by rounding to six decimals. A search asks for this much beyond the threshold, so that it finds what is
 * rounded down to the threshold.
 */
export const ROUNDING = 1e-6

/** Returns the distance and confidence to report for two faces at this distance and cosine similarity. Confidence is 0..100, two decimals. */
export type Verdict = (distance: number, similarity: number) => { readonly distance: number, readonly confidence: number }

/**
 * Returns the verdicts of a pipeline. `deepface` rounds distances and computes confidence as DeepFace does; `native` reports exact distances
 * and the probability of `curve`. The verdict throws a RangeError for `deepface` with a model that DeepFace does not have.
 *
 * @example
 * const verdict = verdictBy('native', 'SFace', 'cosine', { slope: 10, intercept: -5 })
 * verdict(0.4, 0.6) // { distance: 0.4, confidence: 73.11 }
 */
export function verdictBy (pipeline: 'native' | 'deepface', model: string, metric: Metric, curve: Curve): Verdict {
  if (pipeline === 'native') return (distance, similarity) => ({ distance, confidence: confidence(curve, similarity) })
  return (exact) => {
    const distance = rounded(exact)
    return { distance, confidence: deepfaceConfidence(model, metric, distance) }
  }
}
