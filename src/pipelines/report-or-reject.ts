import { spoofDetected } from '../errors.ts'
import type { DetectOptions, Liveness } from './contract.ts'

/**
 * Returns the verdicts that the answer reports with its faces; undefined where prints and screens are refused instead, and there are none.
 * @throws {FaceError} spoof_detected when they are refused and a face is not real.
 */
export function reportOrReject (verdicts: readonly Liveness[], antiSpoofing: DetectOptions['antiSpoofing']): readonly Liveness[] | undefined {
  if (antiSpoofing === 'report') return verdicts
  if (verdicts.some(({ isReal }) => !isReal)) throw spoofDetected()
  return undefined
}
