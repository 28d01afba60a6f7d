/**
 * `npm run tool -- bench-defaults`: the default detector beside `retinaface`, which was the default before, in turns, in one worker: verify of
 * two photos of 250 × 250, verify of two of 2 megapixels, and detection on a group photo. Prints milliseconds as minimum and median, and the
 * median of the ratios round by round. Exit code 1 when a ratio is above its bound.
 */
import process from 'node:process'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { readConfig } from '../src/config/config.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import { openEngine } from '../src/engine/open-engine.ts'
import { cosine } from '../src/match/distance.ts'
import { openModelStore } from '../src/model-store/open-model-store.ts'
import { currentDetector, type DetectorName } from '../src/names.ts'
import type { DetectOptions, RepresentOptions } from '../src/pipelines/contract.ts'
import { groupPhoto, photos } from './photos.ts'
import { median, spread } from './statistics.ts'

const { values: { rounds } } = parseArgs({ options: { rounds: { type: 'string', default: '40' } } })

const config = readConfig(process.env)
const DETECTORS = [currentDetector(config.DEFAULT_DETECTOR, 'native'), 'retinaface'] as const
const log = pino({ level: 'error' })
const store = openModelStore({ ...modelStoreOptions(config, process.env), log })
const engine = await openEngine({
  store, workers: 1, threads: 1, queueLimit: 8, gpuDevice: -1, maxImagePixels: 5e7, limits: { count: 8, bytes: Infinity }, preload: ['SFace'], log
})
const { small, large } = await photos()
const group = await groupPhoto()

const found = (detector: DetectorName): DetectOptions =>
  ({ detector, pipeline: 'native', enforceDetection: true, align: true, expandPercentage: 0, maxFaces: undefined, antiSpoofing: false })
const represented = (detector: DetectorName): RepresentOptions => ({ ...found(detector), model: 'SFace', normalization: 'base', purpose: 'compare' })

/** The engine takes over the memory of the bytes that it is given. */
async function verify ([one, other]: readonly Buffer[], detector: DetectorName): Promise<void> {
  const [a] = await engine.represent(Uint8Array.from(one!), represented(detector))
  const [b] = await engine.represent(Uint8Array.from(other!), represented(detector))
  cosine(a!.embedding, b!.embedding)
}

const WORK: ReadonlyArray<{ what: string, bound: number, run: (detector: DetectorName) => Promise<unknown> }> = [
  { what: 'verify of two 250×250 JPEGs', bound: 1.12, run: (detector) => verify(small, detector) },
  { what: 'verify of two 1632×1224 JPEGs', bound: 1, run: (detector) => verify(large, detector) },
  { what: 'detection on a group photo', bound: 0.5, run: (detector) => engine.detect(Uint8Array.from(group), { ...found(detector), minConfidence: 0 }) }
]

console.log(`ms, one worker, min / median of ${rounds} rounds${DETECTORS.map((name) => name.padStart(18)).join('')}   ratio`)
for (const { what, bound, run } of WORK) {
  const times = DETECTORS.map((): number[] => [])
  // The first round is not counted: it opens and allocates.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [i, detector] of DETECTORS.entries()) {
      const begin = performance.now()
      await run(detector)
      if (round > 0) times[i]!.push(performance.now() - begin)
    }
  }
  const ratio = median(times[0]!.map((time, i) => time / times[1]![i]!))
  if (ratio > bound) process.exitCode = 1
  console.log(`${what.padEnd(44)}${times.map((each) => spread(each).padStart(18)).join('')}   ${ratio.toFixed(2)}, bound ${bound}: ${ratio > bound ? 'NO' : 'yes'}`)
}
await engine.close()
await store.close()
