/**
 * `npm run tool -- bench-clusters`: time and memory of grouping a whole collection by person, in a file of SQLite and on the search threads of
 * the service, and how well the groups agree with the people. The faces are generated: albums of eight photos a person, and crowds in which
 * nine of ten people have one photo. Options: `--sizes 2000,20000,100000`, `--length 128`, `--threads 2`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { parseArgs } from 'node:util'
import { clusterRuleOf } from '../src/collections/clusters/collection-rule.ts'
import type { Change, Collections } from '../src/collections/contract.ts'
import { openIndexedCollections } from '../src/collections/indexed-collections.ts'
import { openSearcher } from '../src/collections/search/searcher.ts'
import { openSqliteStore } from '../src/collections/sqlite/sqlite-store.ts'
import { bCubed } from '../tools/evaluation/b-cubed.ts'
import { normal, seconds } from './statistics.ts'

const { values: options } = parseArgs({
  options: { sizes: { type: 'string', default: '2000,20000,100000' }, length: { type: 'string', default: '128' }, threads: { type: 'string', default: '2' } }
})
const [length, threads] = [Number(options.length), Number(options.threads)]
const log = { warn: console.error, error: console.error }
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'yunet-mesh', normalization: 'base', align: true, storePhotos: false } as const

/** Length of the noise of a photo, relative to the direction of its person: cosines of .61 within a person, as SFace has of frontal photos. */
const NOISE = 0.8
const MB = 2 ** 20

console.log(`Grouping faces of ${length} values on ${threads} search threads. cpu: seconds of processor time of all threads; memory: most of the process, and its growth, in MB; blocked: of the event loop, ms.`)
const HEAD = ['seconds', 'cpu', 'memory', 'growth', 'blocked', 'groups', 'people', 'B³ P', 'B³ R', 'B³ F']
console.log(`${''.padEnd(16)}${HEAD.map((name) => name.padStart(9)).join('')}`)
for (const size of options.sizes.split(',').map(Number)) {
  await measure(`album ${size}`, size, () => 8)
  await measure(`crowd ${size}`, size, (person) => person % 10 === 0 ? 5 : 1)
}

async function measure (name: string, count: number, photosOf: (person: number) => number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'visage-bench-'))
  const store = await openSqliteStore({ path: join(folder, 'faces.db'), log })
  const collections = openIndexedCollections({ store, searcher: await openSearcher({ threads, queueLimit: 1000, log }), log })
  try {
    const people = await write(collections, count, photosOf)
    const settled = process.memoryUsage.rss()
    let most = settled
    const watching = setInterval(() => { most = Math.max(most, process.memoryUsage.rss()) }, 50)
    const delay = monitorEventLoopDelay({ resolution: 1 })
    delay.enable()
    const before = process.cpuUsage()
    let clusters: Awaited<ReturnType<Collections['cluster']>> | undefined
    const took = await seconds(async () => {
      clusters = await collections.cluster('bench', {
        ...clusterRuleOf(SETTINGS, undefined, 'adaptive'), signal: new AbortController().signal, onProgress: () => {}
      })
    })
    const { user, system } = process.cpuUsage(before)
    delay.disable()
    clearInterval(watching)
    const { keys, numbers } = clusters!
    const named: string[] = []
    for (let i = 0; i < keys.length; i += 1000) {
      const page = new Map((await collections.named('bench', [...keys.subarray(i, i + 1000)])).map(({ key, face }) => [key, face]))
      for (const key of keys.subarray(i, i + 1000)) named.push(String(people[Number(page.get(key))]))
    }
    const { groups, precision, recall, f } = bCubed(numbers, named)
    console.log(`${name.padEnd(16)}${[
      took.toFixed(1), ((user + system) / 1e6).toFixed(1), (most / MB).toFixed(0), ((most - settled) / MB).toFixed(0), (delay.max / 1e6).toFixed(0),
      groups, people.at(-1)! + 1, ...[precision, recall, f].map((share) => (100 * share).toFixed(2))
    ].map((text) => String(text).padStart(9)).join('')}`)
  } finally {
    await collections.close()
    await rm(folder, { recursive: true })
  }
}

/** Enrols faces in a new collection, with their number as their id. Returns the number of the person on each. */
async function write (collections: Collections, count: number, photosOf: (person: number) => number): Promise<number[]> {
  await collections.createCollection({ ...SETTINGS, id: 'bench', length })
  await collections.write('bench', [{ kind: 'put-subject', when: 'new', id: 's' }])
  const people: number[] = []
  let changes: Change[] = []
  for (let person = 0; people.length < count; person++) {
    const centre = Float32Array.from({ length }, normal)
    for (let photo = photosOf(person); photo > 0 && people.length < count; photo--) {
      const embedding = centre.map((value) => value + NOISE * normal())
      changes.push({ kind: 'put-face', face: { id: String(people.length), subject: 's', details: {}, embedding } })
      people.push(person)
      if (changes.length < 1000 && people.length < count) continue
      await collections.write('bench', changes)
      changes = []
    }
  }
  return people
}
