import { FROM_COSINE } from '../match/distance.ts'
import { verdictBy } from '../match/judge.ts'
import { recogniserNamed } from '../models/catalogue.ts'
import type { CollectionSettings } from './contract.ts'

/** How a cosine is judged in a collection: as distance 1 − cos, beside the threshold of model and pipeline. */
export interface Verdicts {
  readonly threshold: number
  /** Least cosine that is within the threshold, and a bit less, for what rounding does to the difference. */
  readonly minScore: number
  readonly verdict: (score: number) => { similarity: number, distance: number, threshold: number, confidence: number }
}

/** Distances of the deepface pipeline are rounded to six decimals. */
const ROUNDING = 1e-6

/** Cosine from which two faces of a collection count as one person. */
export const samePersonScore = ({ model, pipeline }: CollectionSettings): number =>
  1 - recogniserNamed(model).calibration[pipeline].thresholds.cosine

/** How cosines are judged in a collection: by the threshold that was asked for, or else its model's. */
export function verdictsOf ({ model, pipeline }: CollectionSettings, asked: number | undefined): Verdicts {
  const { thresholds, probability } = recogniserNamed(model).calibration[pipeline]
  const threshold = asked ?? thresholds.cosine
  const answer = verdictBy(pipeline, model, 'cosine', probability)
  return {
    threshold,
    minScore: Math.max(-1, 1 - threshold - ROUNDING),
    verdict: (score) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score), threshold })
  }
}
