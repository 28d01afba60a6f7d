import { COEFFICIENTS } from '../../match/deepface-coefficients.ts'
import { DEEPFACE_THRESHOLDS } from '../../match/deepface-thresholds.ts'
import type { Calibration } from '../card.ts'

/**
 * DeepFace's published thresholds of a recogniser; undefined for one that DeepFace does not have. The probability is one half at the
 * threshold and falls with the cosine distance as fast as DeepFace's own curve does; DeepFace has no curve for Buffalo_L, for which
 * ArcFace's stands.
 */
export function published (name: string): Calibration | undefined {
  const thresholds = DEEPFACE_THRESHOLDS[name]
  if (!thresholds) return undefined
  const [weight, , normalizer] = (COEFFICIENTS[name] ?? COEFFICIENTS['ArcFace']!).cosine
  // DeepFace divides by the normalizer where it exceeds 1.
  const slope = -weight / Math.max(1, normalizer)
  return { note: 'DeepFace 0.0.100, for its own pipeline', thresholds, probability: { slope, intercept: -slope * (1 - thresholds.cosine) } }
}
