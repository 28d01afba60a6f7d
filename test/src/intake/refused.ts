import type { Test } from 'tap'
import { type ErrorCode, FaceError } from '../../../src/errors.ts'
import type { IntakeLog } from '../../../src/intake/log.ts'

/** Returns the FaceError that `work` rejects with; fails the test when it has another code, or `work` resolves. */
export async function refused (t: Test, work: Promise<unknown>, code: ErrorCode = 'image_decode_error', name = code as string): Promise<FaceError> {
  const error = await work.then(() => undefined, (error: unknown) => error)
  if (!(error instanceof FaceError)) throw new Error(`${name} should have been refused with a FaceError`, { cause: error })
  t.equal(error.code, code, name)
  return error
}

/** Returns a log that keeps its lines. */
export function memoryLog (): IntakeLog & { readonly lines: string[] } {
  const lines: string[] = []
  const keep = (details: object, message: string): void => { lines.push(`${JSON.stringify(details)} ${message}`) }
  return { lines, info: keep, debug: keep }
}
