import { modelUnavailable } from '../errors.ts'
import { FROM_COSINE } from '../match/distance.ts'
import { judge } from '../match/judge.ts'
import { findRecogniser } from '../models/index.ts'
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

/** Cosine from which two faces of a collection count as one person; undefined where its model is not calibrated. */
export function samePersonScore ({ model, pipeline }: CollectionSettings): number | undefined {
  const threshold = findRecogniser(model)?.calibration[pipeline]?.thresholds.cosine
  return threshold === undefined ? undefined : 1 - threshold
}

/** @throws {FaceError} model_unavailable where the model is not calibrated. */
export function judgeOf ({ model, pipeline }: CollectionSettings, asked: number | undefined): Judge {
  const calibration = findRecogniser(model)?.calibration[pipeline]
  if (!calibration) throw modelUnavailable(`${model} has no calibrated threshold in the ${pipeline} pipeline of this version. GET /api/v1/models lists the models that have.`)
  const threshold = asked ?? calibration.thresholds.cosine
  const answer = judge(pipeline, model, 'cosine', calibration.probability)
  return {
    threshold,
    minScore: Math.max(-1, 1 - threshold - ROUNDING),
    judge: (score) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score), threshold })
  }
}
