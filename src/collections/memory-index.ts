import { yieldToLoop } from '../system/async.ts'
import { createReadWriteLock } from '../system/read-write-lock.ts'
import { stale } from './collection-problems.ts'
import type { Collection, Feed, Filter, Metadata, RecordStore } from './contract.ts'
import { allowedBy } from './filter.ts'
import { type Arena, createArena } from './search/arena.ts'
import { quantiseQuery } from './search/quantise.ts'
import { chunksFor, type Searcher } from './search/searcher.ts'

/** Most values of one page of the feed: a few milliseconds of reading and quantising, which happen on the event loop. */
const PAGE_VALUES = 2 ** 17

/** A face that may be among the best. */
export interface Candidate {
  readonly key: number
  /** Upper bound of its cosine. */
  readonly upper: number
}

export interface CandidateOptions {
  readonly k: number
  readonly minScore: number
  readonly filter?: Filter | undefined
  readonly signal?: AbortSignal | undefined
}

/** The faces of one collection in memory, as read from the feed of the store. */
export interface Index {
  /** Number of the last write that the index includes. */
  readonly seq: () => number
  readonly faces: () => number
  /** Bytes of its vectors and lookup tables. */
  readonly bytes: () => number
  /**
   * Takes in the writes up to `seq` at least. Concurrent calls share the work.
   * @throws {FaceError} service_unavailable when the feed of the store does not reach `seq`.
   */
  readonly refresh: (seq: number) => Promise<void>
  /** Takes in the writes up to now. */
  readonly catchUp: () => Promise<void>
  /**
   * Returns all faces that may be among the `k` best at `minScore` or better, best bound first, equal ones in order of enrolment; the number
   * of faces that were compared; and the number of the last write that the index included.
   */
  readonly candidates: (vector: Float32Array, options: CandidateOptions) => Promise<{ candidates: Candidate[], compared: number, seq: number }>
}

/** Creates an empty index, which fills itself on `refresh` or `catchUp`. */
export function createIndex (store: Pick<RecordStore, 'changes'>, collection: Collection, searcher: Searcher): Index {
  const { length } = collection
  const lock = createReadWriteLock()
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

  /** Reads the feed to its end, fetching the next page while one is taken in. */
  async function pull (): Promise<void> {
    let page = store.changes(collection, seq, limit)
    for (;;) {
      const feed = await page
      const isLast = feed.upTo >= feed.head
      if (!isLast) {
        page = store.changes(collection, feed.upTo, limit)
        // A rejection is handled where the page is awaited.
        page.catch(() => {})
      }
      await lock.exclusive(() => apply(feed))
      if (isLast) return
    }
  }

  function pulled (): Promise<void> {
    running ??= pull().finally(() => { running = undefined })
    return running
  }

  /** Returns 1 at the number of each subject that may be found, undefined without a filter; and the number of their faces. */
  async function allowed (filter: Filter | undefined): Promise<{ mask: Uint8Array | undefined, compared: number }> {
    if (!filter) return { mask: undefined, compared: arena.rows() }
    const isAllowed = allowedBy(filter)
    const mask = new Uint8Array(new SharedArrayBuffer(subjects.list.length))
    let compared = 0
    for (const [number, subject] of subjects.list.entries()) {
      if (subject && isAllowed(subject.id, subject.metadata)) {
        mask[number] = 1
        compared += arena.rowsOf(number)
      }
      await yieldToLoop(number)
    }
    return { mask, compared }
  }

  return {
    seq: () => seq,
    faces: () => arena.rows(),
    bytes: () => arena.bytes(),
    async refresh (target) {
      // An in-flight pull may predate the requested write; the next cannot.
      for (let tries = 0; tries < 2; tries++) {
        if (seq >= target) return
        await pulled()
      }
      if (seq < target) throw stale()
    },
    async catchUp () {
      // An in-flight pull may have read its last page already.
      await running
      await pulled()
    },
    candidates: (vector, { k, minScore, filter, signal }) => lock.shared(async () => {
      const query = quantiseQuery(vector)
      const { mask, compared } = await allowed(filter)
      const chunks = chunksFor(arena, searcher.threads)
      const found = await Promise.all(chunks.map(({ first, ...chunk }) => searcher.scan({ ...chunk, query, k, minScore, allowed: mask }, signal)))
      const candidates = found.flatMap(({ rows, uppers }, i) =>
        Array.from(rows, (row, j): Candidate => ({ key: arena.keyOf(chunks[i]!.first + row), upper: uppers[j]! })))
      return { candidates: candidates.sort((a, b) => b.upper - a.upper || a.key - b.key), compared, seq }
    })
  }
}

/** Numbers the subjects with small integers, which the rows of the arena hold. 0 is never used. */
function createSubjects () {
  const numbers = new Map<number, number>()
  const list: Array<{ id: string, metadata: Metadata } | undefined> = [undefined]
  const free: number[] = []

  /** Returns the number of a subject, assigning one when needed: a subject that changed later comes after its faces in the feed. */
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
