import { spoofDetected } from '../errors.ts'
import type { Liveness } from './contract.ts'

/** @throws {FaceError} spoof_detected unless all faces are real. */
export function rejectSpoofs (verdicts: readonly Liveness[]): void {
  if (verdicts.some(({ isReal }) => !isReal)) throw spoofDetected()
}
