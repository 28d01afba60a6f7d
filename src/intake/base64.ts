import { imageDecodeError } from '../errors.ts'
import { base64Decoder } from './base64-decoder.ts'

/**
 * `data:` with any type or none, any parameters, and base64 (RFC 2397). The type does not matter, because the content shows what an image is: browsers
 * write `application/octet-stream` for files whose type they do not know.
 */
const DATA_URI = /^data:(?:[a-z0-9.+*-]+\/[a-z0-9.+*-]+)?(?:;[a-z0-9.+-]+=(?:[a-z0-9.+*-]*|"[^",;]*"))*(;base64)?,/i

/** Longest header of a data: URI, in characters. */
const MAX_HEADER = 200

/** Characters that decode to the longest signature: the 18 bytes of a BMP. */
const HEAD = 24

/** Characters decoded at a time. Strings of this length are cheap for V8 to allocate. */
const CHUNK = 48 * 1024

/** The part of a string's interface that decoding needs: `latin1` offers it for bytes, so that base64 in a body need not become a string. */
export interface Text {
  readonly length: number
  slice: (start: number, end: number) => string
}

/** Views bytes as a text in ISO 8859-1, a superset of ASCII; slices become strings only on demand. */
export const latin1 = (bytes: Buffer): Text => ({ length: bytes.length, slice: (start, end) => bytes.toString('latin1', start, end) })

/**
 * Decodes an image that the text itself contains, as a data: URI or bare base64. Undefined when the text refers to an image, as a URL or a
 * path does.
 * @throws {FaceError} as `decodeDataUri` and `decodeBase64`.
 */
export function decodeImage (text: Text, maxBytes: number): Uint8Array | undefined {
  const from = base64Start(text)
  return from === undefined ? undefined : decodeBase64(text, maxBytes, from)
}

/**
 * Returns where the base64 begins in a text that contains an image, from the beginning of that text: behind the header of a data: URI, or at
 * its start. Undefined when the text refers to an image, as a URL or a path does.
 * @param head at least the first 224 characters.
 * @throws {FaceError} image_decode_error when a data: URI is malformed.
 */
export function base64Start (head: Text): number | undefined {
  if (/^data:/i.test(head.slice(0, 5))) return headerLength(head)
  return isImageBase64(head) ? 0 : undefined
}

/** Length of the header of a data: URI. @throws {FaceError} image_decode_error when it is malformed. */
function headerLength (uri: Text): number {
  const [header, base64] = DATA_URI.exec(uri.slice(0, MAX_HEADER)) ?? []
  // Some clients leave `;base64` out. RFC 2397 has percent-encoded text then, which no image is.
  const isBase64 = header !== undefined && (base64 !== undefined || isImageBase64(uri.slice(header.length, header.length + HEAD)))
  if (!isBase64) throw imageDecodeError('The image is not a valid data: URI. Send data:image/<type>;base64,<image in base64>.')
  return header.length
}

/**
 * Decodes `data:image/...;base64,...` to bytes in memory of their own.
 * @throws {FaceError} image_decode_error when the URI is malformed or empty, image_too_large.
 */
export const decodeDataUri = (uri: Text, maxBytes: number): Uint8Array => decodeBase64(uri, maxBytes, headerLength(uri))

/**
 * Decodes the base64 (RFC 4648 §4) in `text` from character `from` on, to bytes in memory of their own. White space between the characters is
 * skipped.
 * @throws {FaceError} image_decode_error when it is empty or not strictly base64, image_too_large.
 */
export function decodeBase64 (text: Text, maxBytes: number, from = 0): Uint8Array {
  const decoder = base64Decoder(maxBytes)
  for (let at = from; at < text.length; at += CHUNK) decoder.write(text.slice(at, at + CHUNK))
  return decoder.end()
}

/** Whether `text` begins with the base64 of an image's signature. The rest is not examined. */
export function isImageBase64 (text: Text): boolean {
  const head = text.slice(0, HEAD)
  return /^[A-Za-z0-9+/]+={0,2}$/.test(head) && beginsLikeImage(Buffer.from(head, 'base64'))
}

/** Brands of ISO base media files that hold AVIF (AV1 Image File Format, §6 and §8), or may (`mif1`, `msf1`). */
const AVIF_BRANDS = new Set(['avif', 'avis', 'mif1', 'msf1'])
/** Sizes of the header after the file header of a BMP, by version: OS/2 1.x, 2.x, Windows 3.x, two of Adobe, V4, V5. */
const BMP_HEADERS = new Set([12, 64, 40, 52, 56, 108, 124])

/** Whether `head` begins with the signature of JPEG, PNG, GIF, TIFF (classic or big), WebP, AVIF or BMP. */
function beginsLikeImage (head: Buffer): boolean {
  const at = (start: number, end: number): string => head.toString('latin1', start, end)
  return (at(0, 3) === '\xff\xd8\xff' && head[3]! >= 0xc0) ||
    at(0, 8) === '\x89PNG\r\n\x1a\n' ||
    at(0, 6) === 'GIF87a' || at(0, 6) === 'GIF89a' ||
    ['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].includes(at(0, 4)) ||
    (at(0, 4) === 'RIFF' && at(8, 12) === 'WEBP') ||
    (at(4, 8) === 'ftyp' && AVIF_BRANDS.has(at(8, 12))) ||
    (at(0, 2) === 'BM' && at(6, 10) === '\0\0\0\0' && head.length >= 18 && BMP_HEADERS.has(head.readUInt32LE(14)))
}
