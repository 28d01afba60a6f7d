import { FROM_COSINE } from '../match/distance.ts'
import { ROUNDING, verdictBy } from '../match/verdict.ts'
import { recogniserNamed } from '../models/catalogue.ts'
import { calibrationOf } from '../models/recogniser-cards.ts'
import type { CollectionSettings } from './contract.ts'

/** Turns the cosines of a collection into verdicts: as distance 1 − cos, beside the threshold of model and pipeline. */
export interface Verdicts {
  readonly threshold: number
  /** Least cosine within the threshold, and a bit less, since rounding may bring a distance down to the threshold. */
  readonly minScore: number
  readonly verdict: (score: number) => { similarity: number, distance: number, threshold: number, confidence: number }
}

/**
 * Cosine from which two faces of a collection count as one person.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export const samePersonScore = ({ model, pipeline }: CollectionSettings): number =>
  1 - calibrationOf(recogniserNamed(model), pipeline).thresholds.cosine

/**
 * Verdicts for the settings of a collection.
 * @param asked the threshold of the client; that of model and pipeline when undefined.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function verdictsOf ({ model, pipeline }: CollectionSettings, asked: number | undefined): Verdicts {
  const { thresholds, probability } = calibrationOf(recogniserNamed(model), pipeline)
  const threshold = asked ?? thresholds.cosine
  const answer = verdictBy(pipeline, model, 'cosine', probability)
  return {
    threshold,
    minScore: Math.max(-1, 1 - threshold - ROUNDING),
    verdict: (score) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score), threshold })
  }
}
