import { FROM_COSINE } from '../match/distance.ts'
import { judge } from '../match/judge.ts'
import { recogniserNamed } from '../models/index.ts'
import type { CollectionSettings } from './contract.ts'

/** How a cosine is judged in a collection: as distance 1 − cos, beside the threshold of model and pipeline. */
export interface Judge {
  readonly threshold: number
  /** Least cosine that is within the threshold, and a bit less, for what rounding does to the difference. */
  readonly minScore: number
  readonly judge: (score: number) => { similarity: number, distance: number, threshold: number, confidence: number }
}

/** Distances of the deepface pipeline are rounded to six decimals. */
const ROUNDING = 1e-6

/** Cosine from which two faces of a collection count as one person. */
export const samePersonScore = ({ model, pipeline }: CollectionSettings): number =>
  1 - recogniserNamed(model).calibration[pipeline].thresholds.cosine

/** How cosines are judged in a collection: by the threshold that was asked for, or else its model's. */
export function judgeOf ({ model, pipeline }: CollectionSettings, asked: number | undefined): Judge {
  const { thresholds, probability } = recogniserNamed(model).calibration[pipeline]
  const threshold = asked ?? thresholds.cosine
  const answer = judge(pipeline, model, 'cosine', probability)
  return {
    threshold,
    minScore: Math.max(-1, 1 - threshold - ROUNDING),
    judge: (score) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score), threshold })
  }
}
