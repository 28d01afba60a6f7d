/**
 * `npm run tool -- bench-replicas --url postgres://…`: two instances of the service on one store. Measures the time of a write, the time
 * from its response until the other instance finds the new face, the rates of writing many faces and of reading them at start, how long
 * the event loop is blocked meanwhile, and the disk space of a face in PostgreSQL. Options: `--faces 100000x128`, `--writes 200`.
 */
import { randomUUID } from 'node:crypto'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { parseCollectionsUrl } from '../src/collections/collections-url.ts'
import type { Change } from '../src/collections/contract.ts'
import { openCollections } from '../src/collections/open-collections.ts'
import { migratePostgres } from '../src/collections/postgres/migrate.ts'
import { normal, quantile, seconds } from './statistics.ts'

const { values: options } = parseArgs({
  options: { url: { type: 'string' }, faces: { type: 'string', default: '100000x128' }, writes: { type: 'string', default: '200' } }
})
const [count, length] = options.faces.split('x').map(Number) as [number, number]
const log = { warn: console.error, error: console.error }
const url = parseCollectionsUrl(options.url)
if (url.kind === 'postgres') await migratePostgres(url.url)
const open = () => openCollections(url, { threads: 1, queueLimit: 1000, log })
const vector = (): Float32Array => Float32Array.from({ length }, normal)
const put = (id: string, embedding = vector()): Change => ({ kind: 'put-face', face: { id, subject: 's', embedding, details: {} } })
const report = (what: string, ms: readonly number[]): void =>
  console.log(`${what.padEnd(58)} ${quantile(ms, 0.5).toFixed(1).padStart(8)} ${quantile(ms, 0.99).toFixed(1).padStart(8)}`)

/** Bytes of the tables of faces and subjects with their indexes; NaN when the store is not PostgreSQL. */
async function size (): Promise<number> {
  if (url.kind !== 'postgres') return NaN
  const client = new pg.Client(url.url)
  await client.connect()
  const { rows: [row] } = await client.query("SELECT pg_total_relation_size('visage.face') + pg_total_relation_size('visage.subject') AS bytes")
  await client.end()
  return Number(row.bytes)
}

const before = await size()
const [one, other] = [await open(), await open()]
const id = `bench-${randomUUID()}`
await one.createCollection({
  id, length, model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, storePhotos: false
})
await one.write(id, [{ kind: 'put-subject', when: 'new', id: 's' }])

const written = await seconds(async () => {
  for (let from = 0; from < count; from += 1000) await one.write(id, Array.from({ length: Math.min(1000, count - from) }, (_, i) => put(String(from + i))))
})
console.log(`${count} faces of ${length} values: written 1000 a call, ${(count / written).toFixed(0)} a second`)
if (url.kind === 'postgres') console.log(`a face takes ${((await size() - before) / count).toFixed(0)} bytes of the database, provided that it had no free space`)

const delay = monitorEventLoopDelay({ resolution: 1 })
delay.enable()
const later = await open()
const read = await seconds(() => later.search(id, { vector: vector(), k: 1 }))
delay.disable()
const blocked = `${(delay.percentile(99) / 1e6).toFixed(1)} ms p99, ${(delay.max / 1e6).toFixed(1)} ms at most`
console.log(`a new instance answers its first search after ${read.toFixed(2)} s: ${(count / read).toFixed(0)} faces a second; event loop blocked ${blocked}`)
await later.close()

await other.search(id, { vector: vector(), k: 1 })
const [answered, found, asked] = [[] as number[], [] as number[], [] as number[]]
for (let i = 0; i < Number(options.writes); i++) {
  const [first, second] = [vector(), vector()]
  answered.push(1000 * await seconds(() => one.write(id, [put(`a${i}`, first)])))
  found.push(1000 * await seconds(async () => {
    while ((await other.search(id, { vector: first, k: 1 })).hits[0]?.face !== `a${i}`);
  }))
  const { version } = await one.write(id, [put(`b${i}`, second)])
  asked.push(1000 * await seconds(() => other.search(id, { vector: second, k: 1, atLeast: version })))
}
console.log(`\n${'ms'.padEnd(58)} ${'p50'.padStart(8)} ${'p99'.padStart(8)}`)
report('response to a write of one face', answered)
report('from then until the other instance, polled, finds it', found)
report('a search there with at_least', asked)

await one.dropCollection(id)
await Promise.all([one.close(), other.close()])
