import { type Metric, similarity, type Vector } from './distance.ts'
import { verdictBy } from './verdict.ts'
import { closestPair } from './pair.ts'
import type { Curve } from './probability.ts'

export interface VerifyOptions {
  readonly pipeline: 'native' | 'deepface'
  readonly model: string
  readonly metric: Metric
  /** Curve from similarity to probability, for the confidence of the native pipeline. */
  readonly curve: Curve
  /** Largest distance that counts as the same person. */
  readonly threshold: number
}

export interface Verification {
  /** Index of the face of the first list that decides. */
  readonly a: number
  /** Index of the face of the second list. */
  readonly b: number
  readonly verified: boolean
  readonly distance: number
  /** 0..100, two decimals. */
  readonly confidence: number
}

/**
 * Decides whether two pictures show the same person, by the closest pair of their faces. Undefined when a list is empty.
 * @throws {RangeError} when two embeddings differ in length, or `pipeline` is deepface and DeepFace does not have `model`.
 * @example
 * const verification = verifyFaces(embeddingsOfOne, embeddingsOfOther, { pipeline: 'native', model: 'SFace', metric: 'cosine', curve, threshold })
 */
export function verifyFaces (
  facesA: readonly Vector[],
  facesB: readonly Vector[],
  { pipeline, model, metric, curve, threshold }: VerifyOptions
): Verification | undefined {
  const pair = closestPair(metric, facesA, facesB)
  if (!pair) return undefined
  const { distance, confidence } = verdictBy(pipeline, model, metric, curve)(pair.distance, similarity(facesA[pair.a]!, facesB[pair.b]!))
  return { a: pair.a, b: pair.b, verified: distance <= threshold, distance, confidence }
}
