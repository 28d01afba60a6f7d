import { FROM_COSINE } from '../match/distance.ts'
import { ROUNDING, verdictBy } from '../match/verdict.ts'
import { calibrationFor } from '../models/calibration-of.ts'
import { type FalseAlarms, searchReason, searchThreshold } from '../models/search-threshold.ts'
import type { SearchReason } from '../names.ts'
import type { CollectionSettings, SearchRules } from './contract.ts'

export interface Verdict {
  readonly similarity: number
  readonly distance: number
  readonly threshold: number
  readonly confidence: number
}

/** Turns the cosines of a collection into verdicts: as distance 1 − cos, beside the threshold of its model, detector and pipeline. */
export interface Verdicts {
  readonly threshold: number
  /** Least cosine within the threshold, and a bit less, since rounding may bring a distance down to the threshold. */
  readonly minScore: number
  /** The verdict at a cosine, where the threshold has moved by `shift` cosine. */
  readonly verdict: (score: number, shift?: number) => Verdict
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
    verdict: (score, shift = 0) => ({ similarity: score, ...answer(FROM_COSINE.cosine(score), score - shift), threshold: threshold - shift })
  }
}

/** Verdicts of a search, once the number of faces that it compared is known. */
export interface SearchVerdicts {
  readonly reason: SearchReason
  /** Least cosine of any number of faces, see `Verdicts`. */
  readonly minScore: number
  readonly among: (compared: number) => Verdicts
}

/**
 * Verdicts of searches with the settings of a collection: the threshold falls with the number of faces, unless the client sends one, the
 * collection has one, or `off` asks for that of a pair.
 * @param falseAlarms share of strangers that may be named.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 *
 * @example
 * const { minScore, among } = searchVerdictsOf(collection, undefined, 0.01)
 * const { hits, compared } = await collections.search(collection.id, { vector, k: 10, minScore })
 * const { threshold, verdict } = among(compared)
 */
export function searchVerdictsOf (settings: CollectionSettings & SearchRules, asked: number | undefined, falseAlarms: FalseAlarms): SearchVerdicts {
  const own = asked === undefined ? settings.threshold : undefined
  const ofPair = verdictsOf(settings, asked ?? own)
  const reason = own === undefined ? searchReason(asked, falseAlarms, settings.pipeline) : 'collection'
  return {
    reason,
    minScore: ofPair.minScore,
    among: (compared) => reason === 'search' ? verdictsOf(settings, searchThreshold(settings, 'cosine', falseAlarms, compared)) : ofPair
  }
}
