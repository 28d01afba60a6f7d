/**
 * `npm run tool -- bench-search`: exact searches in a collection, on one thread and on two, and in the same run a plain loop over float32
 * vectors and other engines. Prints milliseconds, and the recall of the ten best relative to that loop; then the time to write the faces
 * and to load them after a start, the memory of the index, how long the event loop was blocked, and how fast the service answers /health
 * while it searches at full load. The faces are stored in a real file, from which the best are read again. Options:
 * `--sizes 10000x128,100000x512`, `--queries 200`, `--seconds 5` (limit for each engine), `--port 5098`.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Change, Collections } from '../src/collections/contract.ts'
import { openIndexedCollections } from '../src/collections/indexed-collections.ts'
import { createArena } from '../src/collections/search/arena.ts'
import { openSearcher } from '../src/collections/search/searcher.ts'
import { openSqliteStore } from '../src/collections/sqlite/sqlite-store.ts'
import { ENGINES } from './engines.ts'
import { health } from './load.ts'
import { startService } from './process.ts'
import { median, normal, quantile, seconds } from './statistics.ts'

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '10000x128,10000x512,100000x128,100000x512,1000000x128,1000000x512' },
    queries: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '5' },
    port: { type: 'string', default: '5098' }
  }
})
const K = 10
const LEAST_QUERIES = 5
const log = { warn: console.error, error: console.error }

console.log(`Exact searches of the ${K} best, ms; at most ${options.queries} queries and ${options.seconds} s each. cpu: processor time of all threads. ratio: median relative to Visage on one thread.`)
for (const size of options.sizes.split(',')) {
  const [count, length] = size.split('x').map(Number) as [number, number]
  await measure(count, length)
}
await underLoad(100_000, 128)

interface Timed {
  readonly ms: readonly number[]
  /** Processor time of a search in ms, over all threads: other work on the machine hardly changes it. */
  readonly cpu: number
  readonly found: ReadonlyArray<readonly number[]>
}

async function measure (count: number, length: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'visage-bench-'))
  try {
    const vectors = faces(count, length)
    const queries = Array.from({ length: Number(options.queries) }, (_, i) => {
      const from = row(i, count) * length
      return unit(vectors.slice(from, from + length).map((value) => value + 0.8 * normal() / Math.sqrt(length)))
    })
    const head = ['p50', 'p99', 'cpu', 'ratio', 'recall@10', 'queries'].map((name) => name.padStart(10)).join('')
    console.log(`\n${`${count} faces of ${length} values`.padEnd(42)}${head}`)
    const written = await seconds(() => write(folder, vectors, length))
    const { size: disk } = await stat(join(folder, 'faces.db'))
    const one = await ours(folder, queries, 1)
    const two = await ours(folder, queries, 2)

    const others: Array<readonly [string, Timed | string]> = []
    for (const { name, most, open } of ENGINES) {
      if (count > most) {
        others.push([name, `only up to ${most} faces`])
        continue
      }
      const engine = await open({ vectors, length, k: K }).catch((error: Error) => error)
      if (engine instanceof Error) {
        others.push([name, `cannot be used: ${engine.message.split('\n')[0]}`])
        continue
      }
      others.push([name, await timed(queries, async (query) => engine.search(query))])
      engine.close?.()
    }
    const truth = (others[0]![1] as Timed).found
    const base = median(one.ms)
    for (const [name, timed] of [['Visage, one thread', one] as const, ['Visage, two threads', two] as const, ...others]) {
      if (typeof timed === 'string') {
        console.log(`${name.padEnd(42)} ${timed}`)
        continue
      }
      const { ms, cpu, found } = timed
      const compared = Math.min(found.length, truth.length)
      const hits = found.slice(0, compared).reduce((sum, rows, i) => sum + rows.filter((row) => truth[i]!.includes(row)).length, 0)
      const recall = hits / compared / K
      const figures = [
        quantile(ms, 0.5).toFixed(2), quantile(ms, 0.99).toFixed(2), cpu.toFixed(2), (median(ms) / base).toFixed(1), recall.toFixed(4), String(ms.length)
      ]
      console.log(`${name.padEnd(42)}${figures.map((text) => text.padStart(10)).join('')}`)
    }
    console.log(`written at ${(count / written).toFixed(0)} faces/s; loaded at start in ${one.load.toFixed(1)} s, ${(count / one.load).toFixed(0)} faces/s; ` +
      `${bytesOf(count, length).toFixed(1)} B of memory and ${(disk / count).toFixed(0)} B of disk a face; ` +
      `${two.throughput.toFixed(0)} searches/s, 8 at a time on two threads, event loop blocked ${two.blocked.toFixed(1)} ms p99`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Runs the queries one after the other until the time is up. */
async function timed (queries: readonly Float32Array[], search: (query: Float32Array) => Promise<readonly number[]>): Promise<Timed> {
  const [ms, found]: [number[], Array<readonly number[]>] = [[], []]
  await search(queries[0]!)
  const end = performance.now() + 1000 * Number(options.seconds)
  const before = process.cpuUsage()
  for (const query of queries) {
    if (ms.length >= LEAST_QUERIES && performance.now() > end) break
    const start = performance.now()
    found.push(await search(query))
    ms.push(performance.now() - start)
  }
  const { user, system } = process.cpuUsage(before)
  return { ms, cpu: (user + system) / 1000 / ms.length, found }
}

/** Row from which query `i` is made. */
function row (i: number, count: number): number {
  return i * 7919 % count
}

function unit (vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector)
  return vector.map((value) => value / length)
}

/**
 * Generates vectors of people with a few photos each, at the angles of real faces: photos of one person share a direction, people do not.
 */
function faces (count: number, length: number): Float32Array {
  const vectors = new Float32Array(count * length)
  const person = new Float32Array(length)
  for (let row = 0; row < count; row++) {
    let squares = 0
    for (let i = 0; i < length; i++) {
      if (row % 4 === 0) person[i] = normal()
      const value = person[i]! + 0.8 * normal()
      vectors[row * length + i] = value
      squares += value * value
    }
    const scale = 1 / Math.sqrt(squares)
    for (let i = row * length; i < (row + 1) * length; i++) vectors[i]! *= scale
  }
  return vectors
}

async function open (folder: string, threads: number): Promise<Collections> {
  const store = await openSqliteStore({ path: join(folder, 'faces.db'), log })
  return openIndexedCollections({ store, searcher: await openSearcher({ threads, queueLimit: 1000, log }), log })
}

async function write (folder: string, vectors: Float32Array, length: number): Promise<void> {
  const collections = await open(folder, 1)
  await collections.createCollection({
    id: 'bench', length, model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, storePhotos: false
  })
  await collections.write('bench', [{ kind: 'put-subject', when: 'new', id: 's' }])
  for (let row = 0; row < vectors.length / length; row += 1000) {
    const changes = Array.from({ length: Math.min(1000, vectors.length / length - row) }, (_, i): Change => ({
      kind: 'put-face', face: { id: String(row + i), subject: 's', details: {}, embedding: vectors.slice((row + i) * length, (row + i + 1) * length) }
    }))
    await collections.write('bench', changes)
  }
  await collections.close()
}

async function ours (folder: string, queries: readonly Float32Array[], threads: number) {
  const collections = await open(folder, threads)
  const search = async (vector: Float32Array): Promise<number[]> => (await collections.search('bench', { vector, k: K })).hits.map(({ face }) => Number(face))
  const load = await seconds(() => search(queries[0]!))
  for (const query of queries.slice(0, 20)) await search(query)

  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const figures = await timed(queries, search)
  let left = figures.ms.length
  const busy = await seconds(() => Promise.all(Array.from({ length: 8 }, async () => {
    while (left-- > 0) await search(queries[left + 1] ?? queries[0]!)
  })))
  delay.disable()
  await collections.close()
  return { ...figures, load, throughput: figures.ms.length / busy, blocked: delay.percentile(99) / 1e6 }
}

/** Memory of the index a face, as allocated: in whole chunks, with the map that finds the rows. */
function bytesOf (count: number, length: number): number {
  const arena = createArena(length, 2)
  // Zeros take as much memory as any other vector.
  const vector = new Float32Array(length)
  for (let row = 0; row < count; row++) arena.put(row + 1, 1, vector, 0)
  return arena.bytes() / count
}

/** Measures /health while the service searches for embeddings, eight requests at a time. */
async function underLoad (count: number, length: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'visage-bench-'))
  try {
    const vectors = faces(count, length)
    await write(folder, vectors, length)
    const env = { COLLECTIONS_URL: `sqlite:${join(folder, 'faces.db')}`, REQUEST_TIMEOUT_MS: '60000' }
    const service = await startService({ port: options.port, workers: 2, env })
    try {
      const bodies = Array.from({ length: 50 }, (_, i) => {
        const from = row(i, count) * length
        return { embedding: Array.from(vectors.subarray(from, from + length)), k: K }
      })
      const search = { path: '/api/v1/collections/bench/search', bodies, connections: 8 }
      // The first request loads the index.
      await fetch(service.address + search.path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(bodies[0]) })
      const { times, p99, rate } = await health(service.address, search, 1000 * Number(options.seconds))
      const load = `${rate.toFixed(0)} searches/s over HTTP, ${search.connections} at a time`
      console.log(`\n/health of the service while it answers ${load}, in ${count} faces of ${length} values; ${times.length} calls:`)
      console.log(`median ${median(times).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${Math.max(...times).toFixed(1)} ms`)
      console.log(`  ${p99 < 20 ? 'yes' : 'NO '}  p99 of /health is below 20 ms`)
    } finally {
      await service.stop()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}
