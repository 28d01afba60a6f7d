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
  /** The database; made when it is not there. */
  readonly path: string
  /** crash-writer, as a file that Node runs. */
  readonly writer: string
  readonly kills: number
  /** A number below `below`, from 0 on. */
  readonly random: (below: number) => number
  readonly report?: (result: CrashResult) => void
}

export interface CrashResult {
  readonly kills: number
  /** Writes that were acknowledged, all runs together. */
  readonly acknowledged: number
  /** Acknowledged writes that a later opening did not find as they were. */
  readonly lost: number
  /** Subjects without all of their faces, or faces without their subject. */
  readonly halves: number
  /** Openings whose index did not hold exactly the faces of the store. */
  readonly unequal: number
}

/** The process is killed after at most this many acknowledgements, while others are on their way. */
const MOST_ACKNOWLEDGED = 24

/**
 * Kills a process with eight writers again and again (SIGKILL, after a random number of acknowledgements), and looks each time whether the
 * store has all that was acknowledged, no half of anything, and an index equal to it.
 */
export async function killWriters ({ path, writer, kills, random, report }: CrashOptions): Promise<CrashResult> {
  const log = { warn: () => {}, error: () => {} }
  const there = new Set<string>()
  const gone = new Set<string>()
  /** Being deleted when the process was killed: either is right. */
  let doubtful = new Set<string>()
  let result: CrashResult = { kills: 0, acknowledged: 0, lost: 0, halves: 0, unequal: 0 }

  const first = await openSqliteStore({ path, log, threads: false })
  await first.createCollection({ id: COLLECTION, model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: LENGTH, storePhotos: true })
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
      // What it still manages to tell is read to the end.
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
    // From now on they are what they are.
    for (const id of doubtful) (found.subjects.has(id) ? there : gone).add(id)
    doubtful = new Set()
    report?.(result)
  }
  return result
}

/** All that is in the store: number of faces with photos by subject, ids of faces, and faces that belong to nobody. */
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

/** Whether a new index of the store finds exactly these faces. Closes the store. */
async function isIndexed (store: RecordStore, faces: ReadonlySet<string>): Promise<boolean> {
  const collections = openIndexedCollections({ store, searcher: searchHere, log: { warn: () => {} } })
  const { hits } = await collections.search(COLLECTION, { vector: new Float32Array(LENGTH).fill(1), k: faces.size + 10 })
  await collections.close()
  return hits.length === faces.size && hits.every(({ face }) => faces.has(face))
}
