import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import type { RecordStore } from '../../src/collections/contract.ts'
import { openIndexedCollections } from '../../src/collections/indexed-collections.ts'
import { searchHere } from '../../src/collections/search/searcher.ts'
import { openSqliteStore } from '../../src/collections/sqlite/sqlite-store.ts'
import { COLLECTION, FACES, LENGTH } from './crash-rules.ts'

export interface CrashOptions {
  /** Path of the database; created when absent. */
  readonly path: string
  /** Path of crash-writer as a file that Node can run. */
  readonly writer: string
  readonly kills: number
  /** Returns a random integer from 0 to `below` − 1. */
  readonly random: (below: number) => number
  readonly report?: (result: CrashResult) => void
}

export interface CrashResult {
  readonly kills: number
  /** Acknowledged writes of all runs together. */
  readonly acknowledged: number
  /** Acknowledged writes that were missing when the store was opened again. */
  readonly lost: number
  /** Subjects without all of their faces, and faces without their subject. */
  readonly halves: number
  /** Runs after which the index did not hold exactly the faces of the store. */
  readonly unequal: number
}

/** Limit of the acknowledgements after which the process is killed, while other writes are in flight. */
const MOST_ACKNOWLEDGED = 24

/**
 * Kills a process with eight writers again and again (SIGKILL, after a random number of acknowledgements). Checks after each kill that
 * the store holds every acknowledged write, holds none in part, and that an index built from it is equal to it.
 */
export async function killWriters ({ path, writer, kills, random, report }: CrashOptions): Promise<CrashResult> {
  const log = { warn: () => {}, error: () => {} }
  const there = new Set<string>()
  const gone = new Set<string>()
  /** Subjects whose deletion was in flight when the process was killed: present or absent, both are right. */
  let doubtful = new Set<string>()
  let result: CrashResult = { kills: 0, acknowledged: 0, lost: 0, halves: 0, unequal: 0 }

  const first = await openSqliteStore({ path, log, threads: false })
  await first.createCollection({
    id: COLLECTION, model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: LENGTH, storePhotos: true
  })
  await first.close()

  for (let kill = 1; kill <= kills; kill++) {
    let acknowledged = 0
    const child = spawn(execPath, [writer, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(child, 'exit')
    const most = 1 + random(MOST_ACKNOWLEDGED)
    for await (const line of createInterface({ input: child.stdout })) {
      const id = line.slice(1)
      if (line.startsWith('?')) {
        doubtful.add(id)
        there.delete(id)
        continue
      }
      acknowledged++
      if (line.startsWith('+')) {
        there.add(id)
      } else {
        doubtful.delete(id)
        gone.add(id)
      }
      // Lines that the dying process has already written are still read.
      if (acknowledged === most) child.kill('SIGKILL')
    }
    const [, signal] = await ended
    if (signal !== 'SIGKILL') throw new Error('The writing process ended by itself.')

    const store = await openSqliteStore({ path, log, threads: false })
    const found = await contents(store)
    result = {
      kills: kill,
      acknowledged: result.acknowledged + acknowledged,
      lost: result.lost + [...there].filter((id) => !found.subjects.has(id)).length + [...gone].filter((id) => found.subjects.has(id)).length,
      halves: result.halves + [...found.subjects.values()].filter((faces) => faces !== FACES).length + found.orphans,
      unequal: result.unequal + (await isIndexed(store, found.faces) ? 0 : 1)
    }
    // Their state is now known and must not change any more.
    for (const id of doubtful) (found.subjects.has(id) ? there : gone).add(id)
    doubtful = new Set()
    report?.(result)
  }
  return result
}

/** Content of the store: number of faces with photos by subject, ids of faces, and number of faces without a subject. */
async function contents (store: RecordStore) {
  const subjects = new Map<string, number>()
  const faces = new Set<string>()
  for (let cursor: string | undefined, more = true; more;) {
    const { items, next } = await store.subjects(COLLECTION, { limit: 1000, cursor })
    for (const { id } of items) {
      const { items: own } = await store.faces(COLLECTION, id, { limit: 1000 })
      subjects.set(id, own.filter(({ hasPhoto }) => hasPhoto).length)
      for (const face of own) faces.add(face.id)
    }
    cursor = next
    more = next !== undefined
  }
  return { subjects, faces, orphans: (await store.counts(COLLECTION)).faces - faces.size }
}

/** Whether an index built from the store finds exactly these faces. Closes the store. */
async function isIndexed (store: RecordStore, faces: ReadonlySet<string>): Promise<boolean> {
  const collections = openIndexedCollections({ store, searcher: searchHere, log: { warn: () => {} } })
  const { hits } = await collections.search(COLLECTION, { vector: new Float32Array(LENGTH).fill(1), k: faces.size + 10 })
  await collections.close()
  return hits.length === faces.size && hits.every(({ face }) => faces.has(face))
}
