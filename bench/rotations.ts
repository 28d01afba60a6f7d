/**
 * `npm run tool -- bench-rotations`: counts how many of the faces detected in the sample photos are detected and recognised again, at
 * SFace's threshold, when the photo is rotated by several angles; with the defaults of the service and with DETECT_ROTATED. Names of
 * detectors may follow; default: `retinaface`.
 */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import sharp from 'sharp'
import { readConfig } from '../src/config/config.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import { openEngine } from '../src/engine/open-engine.ts'
import { cosine } from '../src/match/distance.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { calibrationFor } from '../src/models/calibration-of.ts'
import type { DetectorName } from '../src/names.ts'
import { detectorNames } from '../tools/open-detector.ts'
import { SAMPLES } from './photos.ts'

const DEGREES = [15, -15, 30, -30, 45, -45, 60, -60, 90, 180]
const PHOTOS = [1, 2, 3, 4, 5, 6]
/** Longest side of the unrotated photos, in pixels. */
const SIDE = 1600

const log = pino({ level: 'error' })
const store = openModelStore({ ...modelStoreOptions(readConfig(process.env), process.env), log })
const photos = await Promise.all(PHOTOS.map((i) => readFile(join(SAMPLES, `sample${i}.jpg`))))
const argv = process.argv.slice(2)

console.log(`${'faces recognised again'.padEnd(32)}upright${DEGREES.map((degrees) => `${degrees}°`.padStart(6)).join('')}`)
for (const detectRotated of [false, true]) {
  const engine = await openEngine({
    store, workers: 2, threads: 1, queueLimit: 8, detectRotated, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: [], log
  })

  async function embeddings (detector: DetectorName, photo: Buffer, degrees: number): Promise<Float32Array[]> {
    const rotated = await sharp(photo)
      .resize(SIDE, SIDE, { fit: 'inside', withoutEnlargement: true })
      .rotate(degrees, { background: '#705040' })
      .png()
      .toBuffer()
    const faces = await engine.represent(rotated, {
      model: 'SFace',
      pipeline: 'native',
      detector,
      normalization: 'base',
      enforceDetection: false,
      align: true,
      expandPercentage: 0,
      maxFaces: undefined,
      antiSpoofing: false,
      purpose: 'compare'
    })
    // A picture without a face has one entry, with score 0.
    return faces.filter(({ score }) => score > 0).map(({ embedding }) => embedding)
  }

  for (const detector of detectorNames(argv.length > 0 ? argv.join(',') : 'retinaface')) {
    const { thresholds } = calibrationFor({ model: 'SFace', detector, pipeline: 'native' })
    const again = DEGREES.map(() => 0)
    let upright = 0
    for (const photo of photos) {
      const people = await embeddings(detector, photo, 0)
      upright += people.length
      for (const [i, degrees] of DEGREES.entries()) {
        const seen = await embeddings(detector, photo, degrees)
        again[i]! += people.filter((person) => seen.some((face) => cosine(person, face) <= thresholds.cosine)).length
      }
    }
    console.log(`${(detector + (detectRotated ? ', DETECT_ROTATED' : '')).padEnd(32)}${String(upright).padStart(7)}${again.map((count) => String(count).padStart(6)).join('')}`)
  }
  await engine.close()
}
await store.close()
