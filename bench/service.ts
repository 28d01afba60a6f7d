/**
 * `npm run tool -- bench`: how much of the machine's speed the service delivers. Prints milliseconds a stage; throughput of represent and
 * verify over HTTP and of the bare loop (`bare-loop.ts`) with as many threads on the same photos, in turns; response times of `/health`
 * while 16 verifies run; the peak memory of the service; and whether the targets are met.
 */
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { readConfig } from '../src/config/config.ts'
import { cpuQuota } from '../src/config/cpu-quota.ts'
import { modelStoreOptions } from '../src/config/model-store-options.ts'
import type { ModelFile } from '../src/engine/engine-tasks.ts'
import { ensureModel } from '../src/engine/open-engine.ts'
import { openModels } from '../src/engine/worker-models.ts'
import { configureSharp } from '../src/image/loaders.ts'
import { openPicture } from '../src/image/picture.ts'
import { openModelStore, START_PATIENCE } from '../src/model-store/open-model-store.ts'
import { cardNamed, recogniserNamed } from '../src/models/catalogue.ts'
import { nativeDetector } from '../src/models/native-detector.ts'
import { bareLoop } from './bare.ts'
import { health, load } from './load.ts'
import { photos } from './photos.ts'
import { startService } from './process.ts'
import { median, spread } from './statistics.ts'

/** The detector of the bare loop. */
const DETECTOR = { detector_backend: 'retinaface' } as const

/** Duration of the measurement of /health, in ms. */
const HEALTH_MS = 5000

const { values: options } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '15' },
    workers: { type: 'string', default: '0' },
    port: { type: 'string', default: '5099' }
  }
})
const duration = Number(options.seconds) * 1000
const rounds = Number(options.rounds)
const workers = Number(options.workers) || cpuQuota()
const dataUri = (bytes: Buffer): string => `data:image/jpeg;base64,${bytes.toString('base64')}`

const config = readConfig(process.env)
const store = openModelStore({ ...modelStoreOptions(config, process.env), log: pino({ level: 'warn' }) })
const file = (name: string): Promise<ModelFile> => ensureModel(store, cardNamed(name), { patience: START_PATIENCE })
const [detector, recogniser] = [await file('retinaface'), await file('SFace')]
const { small, large } = await photos()
const sizes = { '250×250': small, '1632×1224': large }

await stages()
const service = await startService({ port: options.port, workers })
try {
  const figures = { small: await throughput('250×250', small), large: await throughput('1632×1224', large) }
  const [img1, img2] = small.map(dataUri)
  const { times, p99 } = await health(service.address, { path: '/api/v1/verify', bodies: [{ img1, img2, ...DETECTOR }], connections: 16 }, HEALTH_MS)
  const figuresOfHealth = `median ${median(times).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`
  console.log(`\n/health while 16 verifies run, ${times.length} calls: ${figuresOfHealth}`)
  console.log(`peak memory of the service: ${(await service.peakMemory()).toFixed(0)} MB with ${workers} workers`)

  console.log('\ntargets')
  const slowest = Math.min(figures.small.represent, figures.small.verify, figures.large.represent, figures.large.verify)
  target('represent and verify reach 0.85 of the bare loop', slowest, (x) => x >= 0.85)
  target('35 verifies of two 250×250 JPEGs a second on two cores', figures.small.verifies, (x) => x >= 35)
  target('two 2-megapixel JPEGs take at most twice that time', figures.small.verifies / figures.large.verifies, (x) => x <= 2)
  target('p99 of /health is below 20 ms', p99, (x) => x < 20)
} finally {
  await service.stop()
  await store.close()
}

function target (what: string, value: number, holds: (value: number) => boolean): void {
  console.log(`  ${holds(value) ? 'yes' : 'NO '}  ${what}: ${value.toFixed(2)}`)
}

/** Prints where the time of one photo goes: one thread, nothing else running. A small file is decoded when it is opened. */
async function stages (): Promise<void> {
  configureSharp()
  const models = openModels({ threads: 1, gpuDevice: -1 })
  const [find, embed] = [nativeDetector(await models.detector(detector), { rotated: false }), (await models.recogniser(recogniser)).native]
  const head = ['open', 'decode', 'detect', 'embed', 'all'].map((name) => name.padStart(17)).join('')
  console.log(`ms a stage, one thread, min / median of 30\n${'photo'.padEnd(10)}${head}`)
  for (const [size, [bytes]] of Object.entries(sizes)) {
    const rows: number[][] = []
    for (let i = 0; i < 31; i++) {
      const times = [performance.now()]
      const picture = await openPicture(bytes!, config.MAX_IMAGE_PIXELS)
      times.push(performance.now())
      // At the detector's first scale, so that detection finds the picture decoded.
      await picture.at(Math.min(1, 480 / Math.max(picture.width, picture.height)))
      times.push(performance.now())
      const faces = await find.detect(picture)
      times.push(performance.now())
      await embed.embed(picture, faces.slice(0, 1), { align: true, expandPercentage: 0 })
      times.push(performance.now())
      // The first round is not counted: it opens and allocates.
      if (i > 0) rows.push([...times.slice(1).map((time, k) => time - times[k]!), times.at(-1)! - times[0]!])
    }
    console.log(`${size.padEnd(10)}${rows[0]!.map((_, k) => spread(rows.map((row) => row[k]!)).padStart(17)).join('')}`)
  }
}

/**
 * Measures service and bare loop in turns; the ratio is taken round by round. The rounds are short and many: on a shared machine the bare
 * loop itself is a quarter slower in one second than in the next.
 */
async function throughput (size: string, photos: readonly Buffer[]) {
  const { template, size: [side] } = recogniserNamed('SFace')
  const [img1, img2] = photos.map(dataUri)
  const [bare, represents, verifies]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    bare.push(await bareLoop({ detector: detector.path, recogniser: recogniser.path, template: template!, size: side, photos, duration }, workers))
    represents.push(await load(`${service.address}/api/v1/represent`, [{ img: img1, ...DETECTOR }, { img: img2, ...DETECTOR }], { duration, connections: 2 * workers + 2 }))
    verifies.push(await load(`${service.address}/api/v1/verify`, [{ img1, img2, ...DETECTOR }], { duration, connections: 2 * workers + 2 }))
  }
  const ratio = (rates: readonly number[], photosEach: number) => median(rates.map((rate, i) => rate * photosEach / bare[i]!))
  const found = { represent: ratio(represents, 1), verify: ratio(verifies, 2), verifies: median(verifies) }
  const line = (name: string, rates: readonly number[], what: string) => `  ${name.padEnd(10)} ${median(rates).toFixed(1).padStart(7)} ${what}`
  console.log(`
${size} JPEGs, ${workers} workers, medians of ${rounds} rounds of ${options.seconds} s each, in turns
${line('bare loop', bare, 'photos/s')}
${line('represent', represents, `requests/s  ${found.represent.toFixed(2)} of the bare loop`)}
${line('verify', verifies, `requests/s  ${found.verify.toFixed(2)} of the bare loop, two photos each; ${(1000 * workers / found.verifies).toFixed(1)} ms a verify and worker`)}`)
  return found
}
