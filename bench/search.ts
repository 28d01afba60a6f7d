/**
 * Milliseconds of an exact search in a collection, on one thread and on two, beside a plain loop over float32 vectors in the same run; recall of
 * the ten best beside that loop; time to write the faces and to load them after a start; how long the event loop was held up
 * meanwhile. The faces lie in a real file, from which the best are read again. Options: `--sizes 10000x128,100000x512`, `--queries 200`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import type { Change } from '../src/collections/contract.ts'
import { openIndexedGallery } from '../src/collections/indexed.ts'
import { openSearcher } from '../src/collections/search/searcher.ts'
import { openSqliteStore } from '../src/collections/sqlite/store.ts'
import { search as loop } from '../src/match/rank.ts'
import { normal, quantile, seconds } from './statistics.ts'

const { values: options } = parseArgs({ options: { sizes: { type: 'string', default: '10000x128,10000x512,100000x128,100000x512,1000000x128,1000000x512' }, queries: { type: 'string', default: '200' } } })
const queries = Number(options.queries)
const K = 10
const log = { warn: console.error, error: console.error }

console.log(`ms a search of the ${K} best, p50 / p99 of ${queries}; the loop: least of 5\n`)
console.log('    faces  values   one thread       two threads      plain loop  recall@10   searches/s of 8 at once  event loop p99   write s  load s')
for (const size of options.sizes.split(',')) {
  const [count, length] = size.split('x').map(Number) as [number, number]
  await measure(count, length)
}

async function measure (count: number, length: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'visage-bench-'))
  try {
    const vectors = faces(count, length)
    const written = await seconds(() => write(folder, vectors, length))
    const one = await searches(folder, vectors, length, 1)
    const two = await searches(folder, vectors, length, 2)
    const times = (values: readonly number[]): string => `${quantile(values, 0.5).toFixed(2).padStart(7)} /${quantile(values, 0.99).toFixed(2).padStart(7)}`
    console.log(`${String(count).padStart(9)} ${String(length).padStart(7)}  ${times(one.ms)}  ${times(two.ms)}  ${one.loop.toFixed(1).padStart(10)}  ${one.recall.toFixed(4).padStart(9)}  ${two.throughput.toFixed(0).padStart(24)}  ${two.held.toFixed(1).padStart(14)}  ${written.toFixed(1).padStart(8)}  ${one.load.toFixed(1).padStart(6)}`)
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Vectors of people with a few photos each, at the angles of real faces: photos of one person share a direction, people do not. */
function faces (count: number, length: number): Float32Array {
  const vectors = new Float32Array(count * length)
  const person = new Float32Array(length)
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < length; i++) {
      if (row % 4 === 0) person[i] = normal()
      vectors[row * length + i] = person[i]! + 0.8 * normal()
    }
  }
  return vectors
}

async function open (folder: string, threads: number) {
  const store = await openSqliteStore({ path: join(folder, 'faces.db'), log })
  return openIndexedGallery({ store, searcher: await openSearcher({ threads, queueLimit: 1000, log }), log })
}

async function write (folder: string, vectors: Float32Array, length: number): Promise<void> {
  const gallery = await open(folder, 1)
  await gallery.createCollection({ id: 'bench', length, model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, storePhotos: false })
  await gallery.write('bench', [{ kind: 'put-subject', when: 'new', id: 's' }])
  for (let row = 0; row < vectors.length / length; row += 1000) {
    const changes = Array.from({ length: Math.min(1000, vectors.length / length - row) }, (_, i): Change => ({
      kind: 'put-face', face: { id: String(row + i), subject: 's', details: {}, embedding: vectors.slice((row + i) * length, (row + i + 1) * length) }
    }))
    await gallery.write('bench', changes)
  }
  await gallery.close()
}

async function searches (folder: string, vectors: Float32Array, length: number, threads: number) {
  const gallery = await open(folder, threads)
  const count = vectors.length / length
  const query = (i: number): Float32Array => {
    const row = Math.floor(i * 7919 % count)
    return vectors.slice(row * length, (row + 1) * length).map((value) => value + 0.8 * normal())
  }
  const load = await seconds(() => gallery.search('bench', { vector: query(0), k: K }))
  for (let i = 0; i < 20; i++) await gallery.search('bench', { vector: query(i), k: K })

  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  const ms: number[] = []
  for (let i = 0; i < queries; i++) {
    const vector = query(i)
    ms.push(1000 * await seconds(() => gallery.search('bench', { vector, k: K })))
  }
  let left = queries
  const busy = await seconds(() => Promise.all(Array.from({ length: 8 }, async () => {
    while (left-- > 0) await gallery.search('bench', { vector: query(left + 1), k: K })
  })))
  delay.disable()

  let [hit, best] = [0, Infinity]
  const shared = new Float32Array(vectors.buffer)
  for (let i = 0; i < 5; i++) {
    const vector = query(31 * i)
    const { hits } = await gallery.search('bench', { vector, k: K })
    const start = performance.now()
    const expected = loop({ vectors: shared, length, query: vector, metric: 'cosine', threshold: Infinity, k: K })
    best = Math.min(best, performance.now() - start)
    hit += expected.filter(({ row }) => hits.some(({ face }) => face === String(row))).length
  }
  await gallery.close()
  return { ms, load, loop: best, recall: hit / 5 / K, throughput: queries / busy, held: delay.percentile(99) / 1e6 }
}
