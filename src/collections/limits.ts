import type { Metadata } from './contract.ts'

/** Of metadata as JSON. */
const MOST_METADATA = 16 * 1024
/** Of a name, in characters. */
export const LONGEST_NAME = 256

/** What is wrong with the size of `metadata`, for after its name; undefined where nothing is. */
export function metadataProblem (metadata: Metadata): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  return bytes > MOST_METADATA ? `must have at most ${MOST_METADATA} bytes as JSON, and has ${bytes}` : undefined
}
