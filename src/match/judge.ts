import { deepfaceConfidence, rounded } from './deepface-confidence.ts'
import type { Metric } from './distance.ts'
import { type Curve, confidence } from './probability.ts'

/** What is answered of two faces at this distance and cosine similarity; confidence is 0..100, two decimals. */
export type Verdict = (distance: number, similarity: number) => { readonly distance: number, readonly confidence: number }

/**
 * How a pipeline answers. `deepface` rounds distances as DeepFace does and has its confidence; the other has the probability of `curve`.
 * @throws {RangeError} when judging by a model that DeepFace does not have.
 */
export const verdictBy = (pipeline: 'native' | 'deepface', model: string, metric: Metric, curve: Curve): Verdict => pipeline === 'deepface'
  ? (exact) => {
      const distance = rounded(exact)
      return { distance, confidence: deepfaceConfidence(model, metric, distance) }
    }
  : (distance, similarity) => ({ distance, confidence: confidence(curve, similarity) })
