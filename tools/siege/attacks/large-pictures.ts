import { deflateSync } from 'node:zlib'
import sharp, { type Sharp } from 'sharp'
import { avifGrid } from '../../../test/fixtures/avif-grid.ts'
import { progressiveJpeg } from '../../../test/fixtures/progressive-jpeg.ts'
import { writeTiff } from '../../../test/fixtures/tiff.ts'
import type { Attack } from '../attack.ts'
import { framedGif, rleBitmap } from '../hand-made.ts'
import { represent, times } from '../requests.ts'

/** Just below the default MAX_IMAGE_PIXELS, 50 megapixels. */
const SIDE = 7000
/** A small tile of a TIFF, so that there are 191,844 of them. */
const TILE = 16
/** The one tag set of a grey TIFF: BitsPerSample, PhotometricInterpretation, SamplesPerPixel. */
const GREY = { 258: 8, 262: 1, 277: 1 }

const plain = (): Sharp => sharp({ create: { width: SIDE, height: SIDE, channels: 3, background: { r: 120, g: 90, b: 60 } } })

/** Returns a TIFF of one part, in a compression by its number. */
const inTiff = (compression: number, part: Uint8Array): Buffer => writeTiff({ width: SIDE, height: SIDE, tags: { ...GREY, 259: compression }, parts: [part] })

/** Pictures whose bytes are few and whose decoding is much. */
const PICTURES: Readonly<Record<string, { readonly sends: string, readonly make: () => Promise<Buffer> | Buffer }>> = {
  'jpeg-scans': { sends: 'a progressive JPEG of 50 megapixels in 700 scans', make: () => progressiveJpeg(SIDE, SIDE, 700) },
  'tiff-jpeg-scans': { sends: 'the same JPEG of 700 scans inside a TIFF', make: () => inTiff(7, progressiveJpeg(SIDE, SIDE, 700)) },
  'jpeg-progressive': { sends: 'a progressive JPEG of 50 megapixels', make: () => plain().jpeg({ progressive: true }).toBuffer() },
  'avif-grid': { sends: 'an AVIF whose 256 tiles are one item of 50 megapixels', make: () => avifGrid({ tile: SIDE, across: 16, side: SIDE }) },
  'avif-grid-stated': { sends: 'the same AVIF, which states 300 pixels', make: () => avifGrid({ tile: SIDE, across: 16, side: 300 }) },
  'avif-grid-tiles-stated': { sends: 'an AVIF of 64 tiles that state 64 pixels and have 50 million', make: () => avifGrid({ tile: SIDE, across: 8, side: 512, stated: 64 }) },
  'avif-plain': { sends: 'an AVIF of 50 megapixels of one colour', make: () => plain().avif({ effort: 0 }).toBuffer() },
  'bmp-rle': { sends: 'a run-length coded bitmap of 1 kB with 50 megapixels', make: () => rleBitmap(SIDE, SIDE) },
  'png-interlaced': { sends: 'an interlaced PNG of 50 megapixels', make: () => plain().png({ progressive: true }).toBuffer() },
  'png-interlaced-deep': { sends: 'an interlaced PNG of 50 megapixels with 16 bits', make: () => plain().toColourspace('rgb16').png({ progressive: true }).toBuffer() },
  'webp-lossless': { sends: 'a lossless WebP of 50 megapixels', make: () => plain().webp({ lossless: true, effort: 0 }).toBuffer() },
  'gif-frames': { sends: 'a GIF of 20,000 frames on a canvas of 50 megapixels', make: () => framedGif(SIDE, SIDE, 20_000) },
  'tiff-strip': { sends: 'a TIFF of 50 megapixels in one deflated strip', make: () => inTiff(8, deflateSync(Buffer.alloc(SIDE * SIDE))) },
  'tiff-tiles': { sends: 'a TIFF of 191,844 tiles', make: tinyTiles },
  'states-much': { sends: 'a GIF that states 65,535 × 65,535 pixels', make: () => framedGif(65_535, 65_535, 1) }
}

function tinyTiles (): Buffer {
  const parts = new Array<Buffer>(Math.ceil(SIDE / TILE) ** 2).fill(deflateSync(Buffer.alloc(TILE * TILE)))
  return writeTiff({ width: SIDE, height: SIDE, tags: { ...GREY, 259: 8 }, parts, tile: [TILE, TILE] })
}

/** Both pipelines; `deepface` looks at all pixels, and takes a detector whose weights are small. */
const IN_TURN = [{ pipeline: 'native' }, { pipeline: 'deepface', detector_backend: 'opencv' }] as const
/** Times that a picture is sent at once: as many as two workers, and more than they are. */
const AT_ONCE = [2, 8] as const
/** These are quick to make; making some of the others takes seconds. */
const SHORT = new Set(['jpeg-scans', 'tiff-jpeg-scans', 'jpeg-progressive', 'bmp-rle', 'png-interlaced', 'tiff-strip', 'states-much', 'gif-frames'])

/** Each picture twice and eight times at once, in both pipelines. */
export const largePictures: readonly Attack[] = Object.entries(PICTURES).flatMap(([name, { sends, make }]) => {
  let made: Promise<Buffer> | undefined
  return AT_ONCE.map((count): Attack => ({
    name: `${name}-${count}`,
    sends: `${sends}, ${count} at once`,
    isShort: SHORT.has(name) && count === 2,
    async run (target) {
      made ??= Promise.resolve(make())
      const picture = await made
      return await times(count, (i) => represent(target, picture, IN_TURN[i % 2]))
    }
  }))
})
