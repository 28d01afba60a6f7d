import { type FaceError, imageDecodeError } from '../errors.ts'
import { tooManyBytes } from './problems.ts'

/**
 * `data:` with any type or none, any parameters, and base64 (RFC 2397). The type does not matter, because the content shows what an image is: browsers
 * write `application/octet-stream` for files whose type they do not know.
 */
const DATA_URI = /^data:(?:[a-z0-9.+*-]+\/[a-z0-9.+*-]+)?(?:;[a-z0-9.+-]+=(?:[a-z0-9.+*-]*|"[^",;]*"))*(;base64)?,/i

/** White space that encoders write: MIME and Android break lines after 76 characters, PEM after 64. */
const WHITE_SPACE = /[\t\n\r ]/

/** Characters in which a text with line breaks has one. */
const LINE = 128

/** Longest header of a data: URI, in characters. */
const MAX_HEADER = 200

/** Characters that decode to the longest signature: the 18 bytes of a BMP. */
const HEAD = 24

/** Characters decoded at a time, a multiple of four. Strings of this length are cheap for V8 to allocate. */
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
  if (/^data:/i.test(text.slice(0, 5))) return decodeDataUri(text, maxBytes)
  return isImageBase64(text) ? decodeBase64(text, maxBytes) : undefined
}

/**
 * Decodes `data:image/...;base64,...` to bytes in memory of their own.
 * @throws {FaceError} image_decode_error when the URI is malformed or empty, image_too_large before anything is decoded.
 */
export function decodeDataUri (uri: Text, maxBytes: number): Uint8Array {
  const [header, base64] = DATA_URI.exec(uri.slice(0, MAX_HEADER)) ?? []
  // Some clients leave `;base64` out. RFC 2397 has percent-encoded text then, which no image is.
  const isBase64 = header !== undefined && (base64 !== undefined || isImageBase64(uri.slice(header.length, header.length + HEAD)))
  if (!isBase64) throw imageDecodeError('The image is not a valid data: URI. Send data:image/<type>;base64,<image in base64>.')
  return decodeBase64(uri, maxBytes, header.length)
}

/**
 * Decodes the base64 (RFC 4648 §4) in `text` from character `from` on, to bytes in memory of their own. White space between the characters is
 * skipped.
 *
 * Node's decoder is fast and lenient. Its leniencies are detected without a scan in JavaScript: it skips foreign characters and stops at
 * padding, and then writes fewer bytes than the length implies; it accepts the URL alphabet, and the low byte of wide characters; and it
 * ignores bits left over in the last group. 10 MB take 10 to 20 ms, and about 40 ms where they are wrong from the start.
 * @throws {FaceError} image_decode_error when it is empty or not strictly base64, image_too_large before anything is decoded.
 */
export function decodeBase64 (text: Text, maxBytes: number, from = 0): Uint8Array {
  if (breaksLines(text, from)) return decodeStrictly(withoutWhiteSpace(text, from, maxBytes), maxBytes)
  try {
    return decodeStrictly(text, maxBytes, from)
  } catch (error) {
    if (!WHITE_SPACE.test(text.slice(from, text.length))) throw error
    return decodeStrictly(withoutWhiteSpace(text, from, maxBytes), maxBytes)
  }
}

/** `decodeBase64` of a text without white space. */
function decodeStrictly (text: Text, maxBytes: number, from = 0): Uint8Array {
  const length = text.length - from
  if (length === 0) throw imageDecodeError('The image is empty. Send the image in base64.')
  const last = text.slice(Math.max(from, text.length - 4), text.length)
  const padding = last.endsWith('==') ? 2 : last.endsWith('=') ? 1 : 0
  const size = Math.floor(length / 4) * 3 - padding
  if (size > maxBytes) throw tooManyBytes(maxBytes)
  if (length % 4 !== 0 || Buffer.from(last, 'base64').toString('base64') !== last) throw notBase64()

  // Not Buffer.from: small results would lie in Node's shared pool, which cannot be transferred.
  const bytes = Buffer.allocUnsafeSlow(size)
  let written = 0
  for (let at = from; at < text.length; at += CHUNK) {
    const chunk = text.slice(at, at + CHUNK)
    if (chunk.includes('-') || chunk.includes('_') || Buffer.byteLength(chunk) !== chunk.length) throw notBase64()
    written += bytes.write(chunk, written, 'base64')
  }
  if (written !== size) throw notBase64()
  return bytes
}

/** True when the text has line breaks, as encoders write them. White space elsewhere is found when strict decoding fails. */
const breaksLines = (text: Text, from: number): boolean =>
  WHITE_SPACE.test(text.slice(from, from + LINE)) || WHITE_SPACE.test(text.slice(Math.max(from, text.length - 4), text.length))

/** Returns the text from `from` on without white space. @throws {FaceError} image_too_large when even without it the image is too large. */
function withoutWhiteSpace (text: Text, from: number, maxBytes: number): string {
  // At most one character in four is white space in any encoder's output.
  if (text.length - from > 2 * maxBytes + 1024) throw tooManyBytes(maxBytes)
  return text.slice(from, text.length).replace(/[\t\n\r ]+/g, '')
}

const notBase64 = (): FaceError =>
  imageDecodeError('The image is not valid base64. Use the alphabet A-Z a-z 0-9 + /, and padding.')

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
