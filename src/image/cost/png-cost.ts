import { type DecodingCost, NANOSECONDS, toMilliseconds } from './cost.ts'

/** Bytes before the width: the signature, and length and type of IHDR. */
const HEADER = 16
/** Samples of a pixel by colour type (PNG, table 11.1): grey, RGB, palette, grey with alpha, RGBA. */
const SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
/** Types of chunks whose content is compressed and is no picture (zTXt, iTXt, iCCP); libpng inflates each up to 8 MB (PNG_USER_CHUNK_MALLOC_MAX). */
const COMPRESSED_TEXT = new Set([0x7a545874, 0x69545874, 0x69434350])
const MOST_INFLATED = 8_000_000
/** Most that Deflate expands by. */
const EXPANSION = 1032

/**
 * Cost of a PNG. One with interlaced rows is held in memory as a whole, in its own depth. Undefined when the header is cut off.
 */
export function pngCost (bytes: Uint8Array): DecodingCost | undefined {
  if (bytes.length < HEADER + 13) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const pixels = view.getUint32(HEADER) * view.getUint32(HEADER + 4)
  const [depth, colour, interlace] = [bytes[HEADER + 8]!, bytes[HEADER + 9]!, bytes[HEADER + 12]!]
  // A palette becomes RGBA, fewer than 8 bits become 8.
  const size = (colour === 3 ? 4 : SAMPLES[colour] ?? 4) * Math.max(1, depth / 8)
  const { pixel, byte, sample } = NANOSECONDS.png
  const decoded = pixels * size + inflatedText(bytes, view)
  return {
    milliseconds: toMilliseconds(pixels * pixel + bytes.length * byte + decoded * sample),
    memory: interlace === 0 ? 0 : pixels * size,
    isUncertain: false
  }
}

/** Bytes that the compressed texts of the file may have. */
function inflatedText (bytes: Uint8Array, view: DataView): number {
  let inflated = 0
  for (let at = 8; at + 8 <= bytes.length;) {
    const length = view.getUint32(at)
    const type = view.getUint32(at + 4)
    if (COMPRESSED_TEXT.has(type)) inflated += Math.min(MOST_INFLATED, length * EXPANSION)
    at += 12 + length
  }
  return inflated
}
