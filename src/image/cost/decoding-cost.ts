import { type DecodingCost, NANOSECONDS, toMilliseconds } from './cost.ts'
import { heifCost } from './heif-cost.ts'
import { jpegCost } from './jpeg-cost.ts'
import { pngCost } from './png-cost.ts'

/** The header of a picture, as far as it matters here. */
export interface Header {
  /** Format by sharp's name, or `bmp`. */
  readonly format: string
  readonly width: number
  readonly height: number
  /** Whether samples have more than 8 bits. */
  readonly isDeep: boolean
}

/**
 * Bytes that the decoder holds per pixel. libwebp and nsgif keep a canvas in RGBA beside the one that is returned; the bitmap decoder has one
 * in WebAssembly, one outside and one without the fourth byte; of TIFF, a picture may be one strip of up to four 16-bit samples.
 */
const HELD = { webp: 8, gif: 8, bmp: 11, tiff: 8 }

/**
 * Returns the cost of decoding the picture of which `bytes` are the file.
 *
 * @example
 * const { milliseconds, memory } = decodingCost(bytes, { format: 'jpeg', width: 7000, height: 7000, isDeep: false })
 */
export function decodingCost (bytes: Uint8Array, { format, width, height, isDeep }: Header): DecodingCost {
  const pixels = width * height
  switch (format) {
    case 'jpeg': return jpegCost(bytes) ?? unknownCost(bytes, pixels)
    case 'png': return pngCost(bytes) ?? unknownCost(bytes, pixels)
    case 'webp': return { ...linearCost(bytes, pixels, NANOSECONDS.webp), memory: pixels * HELD.webp, isUncertain: false }
    case 'gif': return { ...linearCost(bytes, pixels, NANOSECONDS.gif), memory: pixels * HELD.gif, isUncertain: false }
    // The bitmap decoder's memory never shrinks, so that large pictures are none for a thread that goes on.
    case 'bmp': return { ...linearCost(bytes, pixels, NANOSECONDS.bmp), memory: pixels * HELD.bmp, isUncertain: pixels > 2 ** 21 }
    case 'tiff': return { ...linearCost(bytes, pixels, NANOSECONDS.tiff), memory: pixels * HELD.tiff, isUncertain: true }
    case 'heif': return heifCost(bytes, pixels, isDeep)
    default: return unknownCost(bytes, pixels)
  }
}

const linearCost = (bytes: Uint8Array, pixels: number, { pixel, byte }: { readonly pixel: number, readonly byte: number }): Pick<DecodingCost, 'milliseconds'> =>
  ({ milliseconds: toMilliseconds(pixels * pixel + bytes.length * byte) })

/** Cost of a file whose structure we cannot read: that of the costliest format. */
const unknownCost = (bytes: Uint8Array, pixels: number): DecodingCost => heifCost(bytes, pixels, true)
