import { randomUUID } from 'node:crypto'
import { FaceError } from '../errors.ts'
import { decodeImage, latin1 } from './base64.ts'

const QUOTE = 0x22
/** Texts shorter than this cost nothing to be read as such. */
const SHORTEST = 16 * 1024
/** Quotes that are looked at: a body with photos has no more texts than this. */
const MOST_QUOTES = 2_000

/** What stands for a photo that was taken out, before its number. Nobody who sends a body can know it. */
const PLACE = randomUUID()

/** A JSON text without its photos. */
export interface Lifted {
  readonly text: string
  /** The photos' encoded bytes, each in memory of its own, by the string that is in its place. */
  readonly images: ReadonlyMap<string, Uint8Array>
}

/**
 * Takes the photos in base64 out of the bytes of a JSON text, so that neither they nor their text pass through V8's heap: a string of
 * half a megabyte costs the event loop as much to make as to decode, and JSON.parse makes another.
 *
 * A photo is what lies between two quotes and decodes to an image whole. Nothing else of the text is understood: where JSON has them in
 * two places at once, in a text with quotes of its own, or in no place where an image belongs, the caller finds that out when
 * it looks for what stands in their place. What is wrong about a photo is left in the text, to be told by who reads it there.
 */
export function extractImages (json: Buffer, maxBytes: number): Lifted {
  const pieces: string[] = []
  const images = new Map<string, Uint8Array>()
  let from = 0
  let open = json.indexOf(QUOTE)
  for (let quotes = 0; open >= 0 && quotes < MOST_QUOTES; quotes++) {
    const close = json.indexOf(QUOTE, open + 1)
    const image = close - open > SHORTEST && imageIn(json.subarray(open + 1, close), maxBytes)
    if (image) {
      const place = `${PLACE}.${images.size}`
      pieces.push(json.toString('utf8', from, open + 1), place)
      images.set(place, image)
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
