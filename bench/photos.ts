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
