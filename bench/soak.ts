/**
 * `npm run tool -- soak`: sends photos of changing sizes through the engine, alternating between detectors and pipelines, and prints the
 * memory of the process. Exit code 1 when memory is not steady: when the last fifth of the photos takes more than `ALLOWED` times the
 * memory of the second fifth, by which all models are open and the largest photo has been processed. Options: `--images 5000`,
 * `--detectors retinaface,yunet`. Needs MALLOC_MMAP_THRESHOLD_ as in the Dockerfile, which `npm run tool` sets: without it glibc keeps
 * the memory of large pictures.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import sharp from 'sharp'
import { readConfig } from '../src/config/config.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import { openEngine } from '../src/engine/open-engine.ts'
import { FaceError } from '../src/errors.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { detectors } from '../src/models/catalogue.ts'
import { namesOf } from '../src/models/detector-cards.ts'
import { detectorNames } from '../tools/open-detector.ts'
import { SAMPLES } from './photos.ts'
import { median } from './statistics.ts'

const ALLOWED = 1.1

/** Longest sides of the photos, in pixels: a step without a common factor with the range visits them all, in no simple order. */
const SIDES = { least: 64, range: 1500, step: 617 }

const { values } = parseArgs({
  options: {
    images: { type: 'string', default: '5000' },
    detectors: { type: 'string', default: 'retinaface,yunet,opencv,mediapipe,centerface,mtcnn' }
  }
})
const images = Number(values.images)
const log = pino({ level: 'error' })
const store = openModelStore({ ...modelStoreOptions(readConfig(process.env), process.env), log })
const engine = await openEngine({
  store, workers: 2, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: [], log
})
const sample = await readFile(join(SAMPLES, 'sample6.jpg'))
const calls = detectorNames(values.detectors).flatMap((detector) => (['native', 'deepface'] as const).map((pipeline) => ({ detector, pipeline })))
  // DeepFace's RetinaFace has 119 MB of weights, and two workers would hold it.
  .filter(({ detector, pipeline }) => detectors.some((card) => namesOf(card, pipeline).includes(detector)) && !(detector === 'retinaface' && pipeline === 'deepface'))

const sizes: number[] = []
let done = 0
async function once (i: number): Promise<void> {
  const side = SIDES.least + i * SIDES.step % SIDES.range
  const image = await sharp(sample).resize(side, side, { fit: 'inside' }).jpeg().toBuffer()
  const { detector, pipeline } = calls[i % calls.length]!
  try {
    await engine.extract(Uint8Array.from(image), {
      detector,
      pipeline,
      enforceDetection: false,
      align: i % 2 === 0,
      expandPercentage: i % 30,
      maxFaces: undefined,
      antiSpoofing: false,
      grayscale: false
    })
  } catch (error) {
    if (!(error instanceof FaceError)) throw error
    console.error(`${detector}, ${pipeline}: ${error.message}`)
    process.exitCode = 2
  }
  sizes.push(process.memoryUsage.rss() / 2 ** 20)
  if (++done % Math.max(1, Math.floor(images / 20)) === 0) console.log(`${String(done).padStart(6)} photos  ${sizes.at(-1)!.toFixed(0).padStart(6)} MB`)
}

let next = 0
await Promise.all(Array.from({ length: 2 }, async () => { while (next < images && process.exitCode === undefined) await once(next++) }))
await engine.close()
await store.close()
const fifth = (n: number): number => median(sizes.slice(Math.floor(sizes.length * n / 5), Math.floor(sizes.length * (n + 1) / 5)))
const growth = fifth(4) / fifth(1)
console.log(`${done} photos: ${fifth(1).toFixed(0)} MB in the second fifth, ${fifth(4).toFixed(0)} MB in the last: ${growth <= ALLOWED ? 'steady' : 'not steady'}`)
if (!(growth <= ALLOWED)) process.exitCode ??= 1
