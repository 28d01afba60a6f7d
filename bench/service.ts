/**
 * `npm run bench`: what the service makes of the machine. Prints milliseconds a stage; throughput of verify and represent over
 * HTTP beside the bare loop (`bare-loop.ts`) with as many threads on the same photos, in turns; how `/health` answers while 16
 * verifies run; and the peak memory of the service. Photos: an LFW-sized one (250 × 250) and a 2-megapixel one, both made from
 * the sample photos of a devDependency.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import { pino } from 'pino'
import sharp from 'sharp'
import { Pool } from 'undici'
import { readConfig } from '../src/config.ts'
import { cpuQuota } from '../src/cpu.ts'
import { openModels } from '../src/engine/models.ts'
import type { ModelFile } from '../src/engine/tasks.ts'
import { openPicture } from '../src/image/picture.ts'
import { cardNamed } from '../src/models/index.ts'
import { openStore } from '../src/store/store.ts'
import type { BareLoop } from './bare-loop.ts'

const { values: { seconds, rounds, workers: asked, port: portText } } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    rounds: { type: 'string', default: '3' },
    workers: { type: 'string', default: '0' },
    port: { type: 'string', default: '5099' }
  }
})
const duration = Number(seconds) * 1000
const workers = Number(asked) || cpuQuota()
const address = `http://127.0.0.1:${portText}`
const samples = 'node_modules/@vladmandic/face-api/demo'

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!
const quantile = (values: readonly number[], q: number): number => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))]!
const fixed = (value: number, digits = 1): string => value.toFixed(digits).padStart(8)

/** One face each of the sample photos; the squares hold nobody else. */
const PORTRAITS = [
  { sample: 'sample6.jpg', left: 560, top: 260, side: 440 },
  { sample: 'sample6.jpg', left: 1390, top: 210, side: 440 }
] as const

/** A portrait of `width` × `height` as a camera's JPEG: 4:2:0, quality 90, with a sensor's noise, which is what costs when it is decoded. */
async function portrait ({ sample, left, top, side }: typeof PORTRAITS[number], width: number, height: number): Promise<Buffer> {
  const noise = await sharp({ create: { width, height, channels: 3, background: 'black', noise: { type: 'gaussian', mean: 128, sigma: 12 } } }).png().toBuffer()
  return sharp(await readFile(join(samples, sample)))
    .extract({ left, top, width: side, height: side })
    .resize(width, height, { fit: 'contain', background: '#807060' })
    .composite([{ input: noise, blend: 'soft-light' }])
    .jpeg({ quality: 90 })
    .toBuffer()
}

const sizes = {
  '250×250': await Promise.all(PORTRAITS.map((face) => portrait(face, 250, 250))),
  '1632×1224': await Promise.all(PORTRAITS.map((face) => portrait(face, 1632, 1224)))
}

const config = readConfig(process.env)
const store = openStore({ folder: config.MODELS_PATH, offline: false, licences: 'any', log: pino({ level: 'warn' }) })
const file = async (name: string): Promise<ModelFile> => ({ name, path: await store.ensure(cardNamed(name)) })
const [detector, recogniser] = [await file('retinaface'), await file('SFace')]

await stages()
const service = await start()
try {
  for (const [size, photos] of Object.entries(sizes)) {
    await throughput(size, photos)
  }
  await health(sizes['250×250'])
  console.log(`\npeak memory of the service: ${(await peakMemory(service)).toFixed(0)} MB with ${workers} workers`)
} finally {
  service.kill('SIGTERM')
  await once(service, 'exit')
}

/** One thread, nothing else running: where the time of one photo goes. */
async function stages (): Promise<void> {
  const models = openModels({ threads: 1, gpuDevice: -1 })
  const [find, embed] = [await models.detector(detector), await models.recogniser(recogniser)]
  console.log(`ms a stage, one thread, min / median of 30\n${'photo'.padEnd(12)} ${['header', 'decode', 'detect', 'embed', 'all'].map((name) => name.padStart(19)).join('')}`)
  for (const [size, [bytes]] of Object.entries(sizes)) {
    const rows: number[][] = []
    for (let i = 0; i < 31; i++) {
      const times = [performance.now()]
      const picture = await openPicture(bytes!, 50_000_000)
      times.push(performance.now())
      await picture.at(Math.min(1, 640 / Math.max(picture.width, picture.height)))
      times.push(performance.now())
      const faces = await find.detect(picture)
      times.push(performance.now())
      await embed.embed(picture, faces.slice(0, 1), { align: true, expandPercentage: 0 })
      times.push(performance.now())
      if (i > 0) rows.push([...times.slice(1).map((time, k) => time - times[k]!), times.at(-1)! - times[0]!])
    }
    const columns = rows[0]!.map((_, k) => rows.map((row) => row[k]!))
    console.log(`${size.padEnd(12)} ${columns.map((column) => `${fixed(Math.min(...column))} /${fixed(median(column))}`.padStart(19)).join('')}`)
  }
}

async function start (): Promise<ChildProcess> {
  const compiled = new URL('../src/server.js', import.meta.url)
  const child = spawn(process.execPath, [compiled.pathname], {
    env: { ...process.env, HOST: '127.0.0.1', PORT: portText, WORKERS: String(workers), QUEUE_LIMIT: '1000', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit']
  })
  const gone = once(child, 'exit').then(([code]) => { throw new Error(`The service ended with ${code} before it was ready.`) })
  const ready = (async () => {
    while (!await fetch(`${address}/ready`).then(({ ok }) => ok, () => false)) await new Promise((resolve) => setTimeout(resolve, 100))
  })()
  await Promise.race([gone, ready])
  gone.catch(() => {})
  return child
}

/** Service and bare loop in turns; requests a second of each, and the ratio round by round. */
async function throughput (size: string, photos: readonly Buffer[]): Promise<void> {
  const [img1, img2] = photos.map((bytes) => `data:image/jpeg;base64,${bytes.toString('base64')}`)
  const bare: number[] = []
  const represents: number[] = []
  const verifies: number[] = []
  for (let round = 0; round < Number(rounds); round++) {
    bare.push(await bareLoop(photos))
    represents.push(await load('/api/v1/represent', [{ img: img1 }, { img: img2 }]))
    verifies.push(await load('/api/v1/verify', [{ img1, img2 }]))
  }
  const ratio = (values: readonly number[], photosEach: number) => median(values.map((value, i) => value * photosEach / bare[i]!))
  console.log(`
${size} JPEGs, ${workers} workers, ${rounds} rounds of ${seconds} s, medians
  bare loop   ${fixed(median(bare))} photos/s
  represent   ${fixed(median(represents))} requests/s   ${ratio(represents, 1).toFixed(2)} of the bare loop
  verify      ${fixed(median(verifies))} requests/s   ${ratio(verifies, 2).toFixed(2)} of the bare loop   ${(1000 * workers / median(verifies)).toFixed(1)} ms a verify and worker`)
}

async function bareLoop (photos: readonly Buffer[]): Promise<number> {
  const entry = new URL(`./bare-loop${extname(import.meta.url)}`, import.meta.url)
  const threads = Array.from({ length: workers }, () => new Worker(entry, { workerData: { detector, recogniser, photos, duration } satisfies BareLoop }))
  await Promise.all(threads.map((thread) => once(thread, 'message')))
  const rates = await Promise.all(threads.map(async (thread) => {
    thread.postMessage('go')
    const [rate] = await once(thread, 'message') as [number]
    await thread.terminate()
    return rate
  }))
  return rates.reduce((sum, rate) => sum + rate, 0)
}

/** Requests a second with enough of them under way to keep every worker busy. */
async function load (path: string, bodies: readonly object[]): Promise<number> {
  const connections = 2 * workers + 2
  const pool = new Pool(address, { connections })
  const texts = bodies.map((body) => JSON.stringify(body))
  const start = performance.now()
  let count = 0
  await Promise.all(Array.from({ length: connections }, async (_, i) => {
    for (let n = i; performance.now() - start < duration; n++) {
      const { statusCode, body } = await pool.request({ path, method: 'POST', headers: { 'content-type': 'application/json' }, body: texts[n % texts.length]! })
      const text = await body.text()
      if (statusCode !== 200) throw new Error(`${path} answered ${statusCode}: ${text}`)
      count++
    }
  }))
  const rate = count / (performance.now() - start) * 1000
  await pool.close()
  return rate
}

/** How long /health takes while 16 verifies are always under way. */
async function health (photos: readonly Buffer[]): Promise<void> {
  const [img1, img2] = photos.map((bytes) => `data:image/jpeg;base64,${bytes.toString('base64')}`)
  const body = JSON.stringify({ img1, img2 })
  const pool = new Pool(address, { connections: 20 })
  const end = performance.now() + duration
  const times: number[] = []
  const verifying = Promise.all(Array.from({ length: 16 }, async () => {
    while (performance.now() < end) {
      await (await pool.request({ path: '/api/v1/verify', method: 'POST', headers: { 'content-type': 'application/json' }, body })).body.dump()
    }
  }))
  while (performance.now() < end) {
    const start = performance.now()
    await (await pool.request({ path: '/health', method: 'GET' })).body.dump()
    times.push(performance.now() - start)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await verifying
  await pool.close()
  console.log(`\n/health while 16 verifies run, ${times.length} calls: median ${median(times).toFixed(1)} ms, p99 ${quantile(times, 0.99).toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`)
}

/** Peak resident memory in MB, from the kernel where it tells. */
async function peakMemory ({ pid }: ChildProcess): Promise<number> {
  if (process.platform !== 'linux') return NaN
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024
}
