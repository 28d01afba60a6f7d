import { FROM_COSINE } from '../match/distance.ts'
import { ROUNDING, verdictBy } from '../match/verdict.ts'
import { calibrationFor } from '../models/calibration-of.ts'
import type { ThresholdAt } from './clusters/join-rule.ts'
import type { CollectionSettings } from './contract.ts'

/** Turns the cosines of a collection into verdicts: as distance 1 − cos, beside the threshold of its model, detector and pipeline. */
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
export const samePersonScore = (settings: CollectionSettings): number => 1 - calibrationFor(settings).thresholds.cosine

/** False match rate of a calibrated threshold (calibrate.ts). */
const CALIBRATED_RATE = 1e-3

/**
 * Cosine thresholds of a collection by false match rate: a line through its calibrated threshold, over the logarithm of the rate. Where its
 * slope was not measured it follows from the curve of probability by Bayes' rule: the logarithm of the odds that a pair is one person rises by
 * the curve's slope for each unit of cosine, and must rise by that of the number of strangers for each match. Facenet512 has .094 a tenth on
 * LFW DevTrain, and .086 by its curve. Below the rates that are measured the line is an extrapolation.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function thresholdAtOf (settings: CollectionSettings): ThresholdAt {
  const { thresholds, probability, falseMatches } = calibrationFor(settings)
  const rise = falseMatches?.perDecade ?? Math.LN10 / probability.slope
  return (rate) => 1 - thresholds.cosine + rise * Math.log10(CALIBRATED_RATE / rate)
}

/**
 * Verdicts for the settings of a collection.
 * @param asked the threshold of the client; the calibrated one when undefined.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function verdictsOf (settings: CollectionSettings, asked: number | undefined): Verdicts {
  const { model, pipeline } = settings
  const { thresholds, probability } = calibrationFor(settings)
  const threshold = asked ?? thresholds.cosine
  const answer = verdictBy(pipeline, model, 'cosine', probability)
  return {
    threshold,
    minScore: Math.max(-1, 1 - threshold - ROUNDING),
    verdict: (score) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score), threshold })
  }
}
