import { calibrationFor } from '../../models/calibration-of.ts'
import type { CollectionSettings } from '../contract.ts'
import { thresholdAtOf } from '../../models/search-threshold.ts'
import { verdictsOf } from '../verdicts.ts'
import { averageRule, type JoinRule, ruleFor } from './join-rule.ts'

/**
 * The rule for `count` faces of a collection.
 * @param asked largest average cosine distance, where the client sends one. Without it recognisers whose thresholds were not
 * measured have that of a pair, as DeepFace's thresholds say nothing of other rates of false matches.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function joinRuleOf (settings: CollectionSettings, asked: number | undefined, count: number): JoinRule {
  if (asked === undefined && calibrationFor(settings).measured) return ruleFor(thresholdAtOf(settings), count)
  return averageRule(verdictsOf(settings, asked).minScore, count)
}
