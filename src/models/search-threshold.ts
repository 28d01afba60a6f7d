import type { Metric } from '../match/distance.ts'
import { thresholdAt } from '../match/threshold-at.ts'
import type { Pipeline, SearchReason } from '../names.ts'
import { calibrationFor, type Compared } from './calibration-of.ts'

/** Share of the strangers that a search may name as somebody, above 0 and up to 1; `off`: what the threshold of a pair lets through. */
export type FalseAlarms = number | 'off'

/**
 * Why a search has the threshold that it has. In the deepface pipeline it never follows from the number of faces: DeepFace's thresholds say nothing
 * of other rates of false matches.
 * @param asked the threshold of the client.
 */
export function searchReason (asked: number | undefined, falseAlarms: FalseAlarms, pipeline: Pipeline): SearchReason {
  if (asked !== undefined) return 'request'
  return falseAlarms === 'off' || pipeline === 'deepface' ? 'standard' : 'search'
}

/** False match rate of a calibrated threshold (`npm run tool -- calibrate`). */
const CALIBRATED_RATE = 1e-3

/** Largest cosine that a search asks for: copies of a photo are found among any number of faces. */
const MOST = 0.98

/**
 * Cosine thresholds by false match rate: a line through the calibrated threshold, over the logarithm of the rate. Where its slope was not
 * measured it follows from the curve of probability by Bayes' rule: the logarithm of the odds that a pair is one person rises by the curve's
 * slope for each unit of cosine, and must rise by that of the number of strangers for each match. Facenet512 has .094 a tenth on LFW DevTrain,
 * and .086 by its curve. Below the rates that are measured the line is an extrapolation.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function thresholdAtOf (settings: Compared): (rate: number) => number {
  const { thresholds, probability, falseMatches } = calibrationFor(settings)
  const rise = falseMatches?.perDecade ?? Math.LN10 / probability.slope
  return (rate) => 1 - thresholds.cosine + rise * Math.log10(CALIBRATED_RATE / rate)
}

/**
 * Distance up to which a search among `compared` faces names somebody: a search compares that many pairs, so the share p of strangers is named
 * where a pair is wrong at a rate of p / compared. Never above the threshold of a pair.
 * @param shift how much more cosine a pair of young people asks for.
 * @throws {FaceError} validation_error as `thresholdAtOf`.
 *
 * @example
 * searchThreshold({ model: 'SFace', detector: 'yunet-mesh', pipeline: 'native' }, 'cosine', 0.01, 1200) // 0.51
 */
export function searchThreshold (settings: Compared, metric: Metric, falseAlarms: FalseAlarms, compared: number, shift = 0): number {
  const rate = falseAlarms === 'off' ? CALIBRATED_RATE : Math.min(CALIBRATED_RATE, falseAlarms / Math.max(1, compared))
  const { thresholds } = calibrationFor(settings)
  // As it was calibrated, to the last digit.
  if (rate === CALIBRATED_RATE && shift === 0) return thresholds[metric]
  return thresholdAt(thresholds, metric, Math.min(MOST, thresholdAtOf(settings)(rate)) + shift)
}
