import type { Metadata } from './contract.ts'

/** Most bytes of metadata as JSON. */
const MOST_METADATA = 16 * 1024
/** Most characters of a name. */
export const LONGEST_NAME = 256

/** The problem with the size of `metadata`, as a predicate of its name (`must have …`); undefined when there is none. */
export function metadataProblem (metadata: Metadata): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  return bytes > MOST_METADATA ? `must have at most ${MOST_METADATA} bytes as JSON, and has ${bytes}` : undefined
}
