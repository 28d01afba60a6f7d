import { yieldToLoop } from '../system/async.ts'
import { createReadWriteLock } from '../system/read-write-lock.ts'
import { stale } from './collection-problems.ts'
import type { Collection, Feed, Filter, Metadata, RecordStore } from './contract.ts'
import { allowedBy } from './filter.ts'
import { type Arena, createArena } from './search/arena.ts'
import { quantiseQuery } from './search/quantise.ts'
import { chunksFor, type Searcher } from './search/searcher.ts'

/** Values of one page of the feed: a few milliseconds of reading and quantising, which happen on the event loop. */
const PAGE_VALUES = 2 ** 17

/** A face that may be among the best, and an upper bound of its cosine. */
export interface Candidate {
  readonly key: number
  readonly upper: number
}

/** The faces of one collection in memory, as the store told of them. */
export interface Index {
  /** Number of the last write that is in it. */
  readonly seq: () => number
  readonly faces: () => number
  /** Bytes of its vectors and what finds them. */
  readonly bytes: () => number
  /** Takes in what has happened, up to `seq` at least. Concurrent calls share the work. @throws {FaceError} service_unavailable where the store does not tell of that. */
  readonly refresh: (seq: number) => Promise<void>
  /** Takes in what has happened by now, if anything. */
  readonly catchUp: () => Promise<void>
  /** All faces that may be among the `k` best at `minScore` or better, best bound first; equal ones in the order of enrolment. */
  readonly candidates: (vector: Float32Array, options: { k: number, minScore: number, filter?: Filter | undefined, signal?: AbortSignal | undefined }) => Promise<{ candidates: Candidate[], seq: number }>
}

export function createIndex (store: Pick<RecordStore, 'changes'>, collection: Collection, searcher: Searcher): Index {
  const { length } = collection
  const gate = createReadWriteLock()
  const limit = Math.max(64, Math.min(4096, Math.floor(PAGE_VALUES / length)))
  let arena: Arena = createArena(length, searcher.threads)
  let subjects = createSubjects()
  let seq = 0
  let running: Promise<void> | undefined

  function apply (feed: Feed): void {
    if (feed.reset) {
      arena = createArena(length, searcher.threads)
      subjects = createSubjects()
    }
    for (const { key, id, metadata } of feed.subjects) {
      if (id === null) subjects.delete(key)
      else subjects.set(key, id, metadata ?? {})
    }
    feed.faces.keys.forEach((key, i) => {
      const subject = feed.faces.subjects[i]!
      if (subject === 0) arena.remove(key)
      else arena.put(key, subjects.number(subject), feed.faces.embeddings, i * length)
    })
    seq = feed.upTo
  }

  /** Reads the feed to its end. The next page is on its way while one is taken in. */
  async function pull (): Promise<void> {
    let page = store.changes(collection, seq, limit)
    for (;;) {
      const feed = await page
      const isLast = feed.upTo >= feed.head
      if (!isLast) {
        page = store.changes(collection, feed.upTo, limit)
        // Its failure is met where it is awaited.
        page.catch(() => {})
      }
      await gate.exclusive(() => apply(feed))
      if (isLast) return
    }
  }

  function pulled (): Promise<void> {
    running ??= pull().finally(() => { running = undefined })
    return running
  }

  /** By number of subject: 1 where it may be found. */
  async function allowed (filter: Filter | undefined): Promise<Uint8Array | undefined> {
    if (!filter) return undefined
    const isAllowed = allowedBy(filter)
    const mask = new Uint8Array(new SharedArrayBuffer(subjects.list.length))
    for (const [number, subject] of subjects.list.entries()) {
      if (subject && isAllowed(subject.id, subject.metadata)) mask[number] = 1
      await yieldToLoop(number)
    }
    return mask
  }

  return {
    seq: () => seq,
    faces: () => arena.rows(),
    bytes: () => arena.bytes(),
    async refresh (target) {
      // A reading that is under way may have begun before the write that is asked for; the next one has not.
      for (let tries = 0; tries < 2; tries++) {
        if (seq >= target) return
        await pulled()
      }
      if (seq < target) throw stale()
    },
    async catchUp () {
      // A pull that is under way may have read its last page before.
      await running
      await pulled()
    },
    candidates: (vector, { k, minScore, filter, signal }) => gate.shared(async () => {
      const query = quantiseQuery(vector)
      const mask = await allowed(filter)
      const parts = chunksFor(arena, searcher.threads)
      const found = await Promise.all(parts.map(({ first, ...part }) => searcher.scan({ ...part, query, k, minScore, allowed: mask }, signal)))
      const candidates = found.flatMap(({ rows, uppers }, i) => Array.from(rows, (row, j): Candidate => ({ key: arena.keyOf(parts[i]!.first + row), upper: uppers[j]! })))
      return { candidates: candidates.sort((a, b) => b.upper - a.upper || a.key - b.key), seq }
    })
  }
}

/** Subjects by a small number for each, which is what the rows hold; 0 is nobody's. */
function createSubjects () {
  const numbers = new Map<number, number>()
  const list: Array<{ id: string, metadata: Metadata } | undefined> = [undefined]
  const free: number[] = []

  /** A face may be told of before its subject is, when that was changed since. */
  function number (key: number): number {
    const known = numbers.get(key)
    if (known !== undefined) return known
    const next = free.pop() ?? list.push(undefined) - 1
    numbers.set(key, next)
    return next
  }

  return {
    list,
    number,
    set (key: number, id: string, metadata: Metadata) { list[number(key)] = { id, metadata } },
    delete (key: number) {
      const known = numbers.get(key)
      if (known === undefined) return
      numbers.delete(key)
      list[known] = undefined
      free.push(known)
    }
  }
}
