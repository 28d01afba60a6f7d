import type { Metadata } from './contract.ts'

/** Most bytes of metadata as JSON. */
const MOST_METADATA = 16 * 1024
/** Most characters (Unicode code points, as JSON schema counts them) of a name that a client gives a subject. */
export const LONGEST_NAME = 256
/** The same of a name that is the path or URL of an image, as DeepFace names what is registered. */
export const LONGEST_IMAGE_NAME = 1024

/**
 * The problem with a name, as a predicate (`must have …`); undefined when there is none. All stores keep any other name as it is: no form of
 * Unicode is changed, and control characters stay. SQLite ends a text at a NUL character, PostgreSQL refuses it, and half a surrogate pair
 * has no UTF-8.
 * @param most characters. Stores take the longest of all names.
 */
export function nameProblem (name: string, most = LONGEST_IMAGE_NAME): string | undefined {
  if (name.includes('\0')) return 'must not have a NUL character (U+0000)'
  if (!name.isWellFormed()) return 'must not have half a surrogate pair (U+D800 to U+DFFF)'
  // A code point has at most two units; the first comparison spares counting in a text of megabytes.
  const isLonger = name.length > 2 * most || [...name].length > most
  return isLonger ? `must have at most ${most} characters` : undefined
}

/** The problem with the size of `metadata`, as a predicate of its name (`must have …`); undefined when there is none. */
export function metadataProblem (metadata: Metadata): string | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(metadata))
  return bytes > MOST_METADATA ? `must have at most ${MOST_METADATA} bytes as JSON, and has ${bytes}` : undefined
}
