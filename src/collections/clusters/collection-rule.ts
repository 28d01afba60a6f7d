import { calibrationFor } from '../../models/calibration-of.ts'
import { shiftsFor } from '../../models/group-shifts.ts'
import { thresholdAtOf } from '../../models/search-threshold.ts'
import type { VerdictPolicy } from '../../names.ts'
import type { ClusterRule, CollectionSettings } from '../contract.ts'
import { verdictsOf } from '../verdicts.ts'
import { averageRule, ruleFor } from './join-rule.ts'

/**
 * The rule for the faces of a collection.
 * @param asked largest average cosine distance, where the client sends one. Without it recognisers whose thresholds were not
 * measured have that of a pair, as DeepFace's thresholds say nothing of other rates of false matches.
 * @throws {FaceError} validation_error when the model has no thresholds for the pipeline.
 */
export function clusterRuleOf (settings: CollectionSettings, asked: number | undefined, policy: VerdictPolicy): ClusterRule {
  if (asked === undefined && calibrationFor(settings).measured) {
    const thresholdAt = thresholdAtOf(settings)
    return { ruleOf: (count) => ruleFor(thresholdAt, count), shifts: shiftsFor(settings, policy) }
  }
  const { minScore } = verdictsOf(settings, asked)
  return { ruleOf: (count) => averageRule(minScore, count) }
}
