import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'

/** Sample photos of a devDependency (MIT). */
export const SAMPLES = 'node_modules/@vladmandic/face-api/demo'

/** Squares of a sample photo with one upright face each and nobody else: the detector needs one pass. */
const PORTRAITS = [
  { sample: 'sample6.jpg', left: 560, top: 260, side: 440 },
  { sample: 'sample6.jpg', left: 145, top: 413, side: 440 }
] as const

/** Returns photos of two people, each in the size of Labeled Faces in the Wild and in 2 megapixels. */
export const photos = async (): Promise<{ small: readonly Buffer[], large: readonly Buffer[] }> => ({
  small: await Promise.all(PORTRAITS.map((face) => portrait(face, 250, 250))),
  large: await Promise.all(PORTRAITS.map((face) => portrait(face, 1632, 1224)))
})

/** Returns a photo of 36 people in 2 megapixels: the sample photos of a group, side by side. */
export async function groupPhoto (): Promise<Buffer> {
  const [width, height] = [544, 408]
  const input = await sharp(await readFile(join(SAMPLES, 'sample6.jpg'))).resize(width, height, { fit: 'fill' }).png().toBuffer()
  const tiles = Array.from({ length: 9 }, (_, i) => ({ input, left: (i % 3) * width, top: Math.floor(i / 3) * height }))
  return await sharp({ create: { width: 3 * width, height: 3 * height, channels: 3, background: 'black' } }).composite(tiles).jpeg({ quality: 90 }).toBuffer()
}

/**
 * Encodes a portrait of `width` × `height` like a camera's JPEG: 4:2:0, quality 90, with sensor noise, which dominates the cost of
 * decoding.
 */
async function portrait ({ sample, left, top, side }: typeof PORTRAITS[number], width: number, height: number): Promise<Buffer> {
  const noise = await sharp({ create: { width, height, channels: 3, background: 'black', noise: { type: 'gaussian', mean: 128, sigma: 12 } } }).png().toBuffer()
  return sharp(await readFile(join(SAMPLES, sample)))
    .extract({ left, top, width: side, height: side })
    .resize(width, height, { fit: 'contain', background: '#807060' })
    .composite([{ input: noise, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toBuffer()
}
