import { randomUUID } from 'node:crypto'
import { FaceError } from '../errors.ts'
import { decodeImage, latin1 } from './base64.ts'

const QUOTE = 0x22
/** Shortest string that is extracted, in bytes: shorter ones cost nothing in the JSON text. */
const MIN_LENGTH = 16 * 1024
/** Most quotes that are examined: a body with photos has no more strings than this. */
const MAX_QUOTES = 2_000

/** Prefix of the placeholders that replace photos; a number follows. Random, so that no client can send one. */
const PLACEHOLDER = randomUUID()

/** A JSON text without its photos. */
export interface ExtractedImages {
  /** The JSON text, with a placeholder in the place of each photo. */
  readonly text: string
  /** Encoded bytes of the photos by placeholder, each in memory of its own. */
  readonly images: ReadonlyMap<string, Uint8Array>
}

/**
 * Extracts base64 photos from the bytes of a JSON text, so that neither they nor their text pass through V8's heap: creating a string of
 * half a megabyte costs the event loop as much as decoding it, and JSON.parse creates another.
 *
 * A photo is any text between two quotes that decodes to an image as a whole. Nothing else of the JSON is parsed. Where the quotes were
 * part of a string, the photo occurs under a duplicate key, or no image is allowed in its place, the caller notices when it looks for the
 * placeholders. Malformed or too large photos stay in the text, and are reported by whoever reads it.
 *
 * @example
 * const { text, images } = extractImages(body, 10 * 2 ** 20)
 * const { img } = JSON.parse(text)
 * const bytes = images.get(img) // undefined when img is no base64 photo
 */
export function extractImages (json: Buffer, maxBytes: number): ExtractedImages {
  const pieces: string[] = []
  const images = new Map<string, Uint8Array>()
  let from = 0
  let open = json.indexOf(QUOTE)
  for (let quotes = 0; open >= 0 && quotes < MAX_QUOTES; quotes++) {
    const close = json.indexOf(QUOTE, open + 1)
    const image = close - open > MIN_LENGTH && imageIn(json.subarray(open + 1, close), maxBytes)
    if (image) {
      const placeholder = `${PLACEHOLDER}.${images.size}`
      pieces.push(json.toString('utf8', from, open + 1), placeholder)
      images.set(placeholder, image)
      from = close
    }
    open = close
  }
  return { text: [...pieces, json.toString('utf8', from)].join(''), images }
}

function imageIn (bytes: Buffer, maxBytes: number): Uint8Array | undefined {
  try {
    return decodeImage(latin1(bytes), maxBytes)
  } catch (error) {
    if (error instanceof FaceError) return undefined
    throw error
  }
}
