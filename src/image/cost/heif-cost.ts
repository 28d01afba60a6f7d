import { type DecodingCost, NANOSECONDS, toMilliseconds } from './cost.ts'
import { type HeifItems, readHeifItems } from './heif-items.ts'

/** Most levels of pictures made of pictures that are counted; libheif 1.23 gives up there, too. */
const MOST_LEVELS = 8

/**
 * Bytes that aom, libheif and libvips together hold per pixel, with the RGB that is returned: measured with sharp 0.35 on 49 megapixels, of
 * 8 bits (18.3) and of 12 bits (24.7).
 */
const BYTES_PER_PIXEL = { shallow: 19, deep: 25 }

/**
 * Cost of an AVIF of `pixels` pixels: that of all coded pictures which the primary one is made of, each as often as it is used, and of its
 * transparency. The sizes are those that the file states.
 */
export function heifCost (bytes: Uint8Array, pixels: number, isDeep: boolean): DecodingCost {
  const { pixel, byte } = NANOSECONDS.avif
  const items = readHeifItems(bytes)
  const decoded = Math.max(pixels, items?.primary === undefined ? 0 : decodedPixels(items, items.primary))
  return {
    milliseconds: toMilliseconds(decoded * pixel + bytes.length * byte),
    memory: Math.max(pixels, largest(items)) * (isDeep ? BYTES_PER_PIXEL.deep : BYTES_PER_PIXEL.shallow),
    isUncertain: true
  }
}

/** Pixels that are decoded for `item`. A circle of items ends at the most levels. */
function decodedPixels (items: HeifItems, item: number): number {
  let total = 0
  let level = new Map([[item, 1], ...(items.auxiliaries.get(item) ?? []).map((auxiliary) => [auxiliary, 1] as const)])
  for (let depth = 0; depth < MOST_LEVELS && level.size > 0; depth++) {
    const below = new Map<number, number>()
    for (const [id, times] of level) {
      total += times * (items.pixels.get(id) ?? 0)
      for (const part of items.parts.get(id) ?? []) below.set(part, (below.get(part) ?? 0) + times)
    }
    level = below
  }
  return total
}

const largest = (items: HeifItems | undefined): number => [...items?.pixels.values() ?? []].reduce((most, pixels) => Math.max(most, pixels), 0)
