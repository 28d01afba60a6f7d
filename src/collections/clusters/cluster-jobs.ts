import { randomUUID } from 'node:crypto'
import { FaceError, shuttingDown } from '../../errors.ts'
import { unlessAborted } from '../../system/async.ts'
import type { ClusterRule, Collection, Collections, Page, Paged, Version } from '../contract.ts'
import { existingCollection } from '../existing-collection.ts'
import { paged, positionOf } from '../paging.ts'

/** The state of a job. */
export interface ClusterJob {
  readonly id: string
  readonly status: 'running' | 'done' | 'failed'
  /** Share of the work that is done, 0..1, about as it takes time. */
  readonly progress: number
  readonly createdAt: Date
  /** When it was done or failed. */
  readonly endedAt: Date | undefined
  /** When it is forgotten. */
  readonly expiresAt: Date | undefined
  /** Faces, groups, and the version that the groups are of; undefined unless it is done. */
  readonly result: { readonly faces: number, readonly groups: number, readonly version: Version } | undefined
  /** Why it failed. */
  readonly error: FaceError | undefined
}

/** An enrolled face and the number of its group: 0 for the largest. */
export interface GroupedFace {
  readonly group: number
  readonly face: string
  readonly subject: string
}

export interface ClusterJobsOptions {
  readonly collections: Collections
  readonly log: { readonly error: (object: object, message: string) => void }
  /** Milliseconds that a job is kept after its end. */
  readonly keptMs?: number
}

/** Groups collections that are too large for one request, one after another in each collection. */
export interface ClusterJobs {
  /**
   * Begins to group all faces of a collection. A job of the collection that has ended is forgotten.
   * @throws {FaceError} conflict while another one runs in the collection; overloaded while MOST_RUNNING run in the service.
   */
  readonly start: (collection: Collection, rule: ClusterRule) => ClusterJob
  /** The job of a collection: at most one. */
  readonly list: (collection: Collection) => ClusterJob[]
  /** @throws {FaceError} not_found. */
  readonly get: (collection: Collection, id: string) => ClusterJob
  /**
   * Faces by group, the largest group first, those of a group in order of enrolment. Faces that no longer exist are left out.
   * @throws {FaceError} not_found; conflict before it is done; the error of a job that failed.
   */
  readonly faces: (collection: Collection, id: string, page: Page) => Promise<Paged<GroupedFace>>
  /** Stops a job that runs, and forgets it. @throws {FaceError} not_found. */
  readonly remove: (collection: Collection, id: string) => void
  /** Does so with those of a collection that is gone. */
  readonly forget: (collection: string) => void
  /** Stops all jobs, and resolves when they have ended. */
  readonly close: () => Promise<void>
}

/** Most jobs that run at once in the service: each takes up to 400 MB, and all share the threads of the searches. */
export const MOST_RUNNING = 2
/** Most jobs that are kept after their end, each with up to 2.4 MB. The oldest is forgotten first. */
const MOST_KEPT = 32
/** Seconds after which a client may try again while MOST_RUNNING run. */
const BUSY_SECONDS = 30
const KEPT_MS = 3600_000
/** Milliseconds between two looks whether the collection of a running job is still there: another instance may drop it. */
const LOOK_MS = 2000

interface Entry {
  readonly collection: Pick<Collection, 'id' | 'key'>
  readonly abort: AbortController
  job: ClusterJob
  /** Keys of the faces by group, and the number of the group of each. */
  result?: { readonly keys: Float64Array, readonly groups: Int32Array }
  timer?: NodeJS.Timeout
}

/**
 * Opens the jobs of this process. They do not outlive it.
 * @example
 * const jobs = openClusterJobs({ collections, log })
 * const { id } = jobs.start(collection, clusterRuleOf(collection, undefined, 'adaptive'))
 */
export function openClusterJobs ({ collections, log, keptMs = KEPT_MS }: ClusterJobsOptions): ClusterJobs {
  /** By id, the oldest first. */
  const entries = new Map<string, Entry>()
  /** Also those that were removed and have not stopped yet. */
  const running = new Map<Entry, Promise<void>>()
  let isClosed = false

  const ofCollection = ({ id, key }: Pick<Collection, 'id' | 'key'>): Entry[] =>
    [...entries.values()].filter(({ collection }) => collection.id === id && collection.key === key)

  function entryOf (collection: Collection, id: string): Entry {
    const entry = entries.get(id)
    if (entry?.collection.key !== collection.key || entry.collection.id !== collection.id) {
      throw new FaceError('not_found', `There is no job ${id} in this collection. Jobs are forgotten an hour after their end, when the next one starts, and when the service stops.`)
    }
    return entry
  }

  function drop (entry: Entry, reason: unknown): void {
    entries.delete(entry.job.id)
    clearTimeout(entry.timer)
    entry.abort.abort(reason)
  }

  async function run (entry: Entry, rule: ClusterRule): Promise<void> {
    const { collection, abort } = entry
    const change = (changed: Partial<ClusterJob>): void => { entry.job = { ...entry.job, ...changed } }
    const end = (changed: Partial<ClusterJob>): void => {
      const now = Date.now()
      change({ ...changed, endedAt: new Date(now), expiresAt: new Date(now + keptMs) })
      entry.timer = setTimeout(() => drop(entry, undefined), keptMs).unref()
      const ended = [...entries.values()].filter(({ job }) => job.endedAt)
      for (const old of ended.slice(0, Math.max(0, ended.length - MOST_KEPT))) drop(old, undefined)
    }
    /** @throws {FaceError} not_found when the collection is gone, be it dropped and created again. */
    const look = async (): Promise<void> => {
      const { key } = await existingCollection(collections, collection.id)
      if (key !== collection.key) throw new FaceError('not_found', `The collection ${collection.id} was deleted.`)
    }
    const looking = setInterval(() => look().catch((error: unknown) => { if (isGone(error)) abort.abort(error) }), LOOK_MS).unref()
    try {
      const { keys, numbers, asOf } = await collections.cluster(collection.id, {
        ...rule, signal: abort.signal, onProgress: (progress) => change({ progress })
      })
      await unlessAborted(look(), abort.signal)
      const { order, groups, count } = byGroup(numbers)
      entry.result = { keys: Float64Array.from(order, (i) => keys[i]!), groups }
      end({ status: 'done', progress: 1, result: { faces: keys.length, groups: count, version: asOf } })
    } catch (error) {
      if (isGone(error)) drop(entry, error)
      // Whoever aborts it has forgotten it too.
      else if (!abort.signal.aborted) end({ status: 'failed', error: asFaceError(error) })
    } finally {
      clearInterval(looking)
    }
  }

  function asFaceError (error: unknown): FaceError {
    if (error instanceof FaceError) return error
    log.error({ err: error }, 'a collection could not be clustered')
    return new FaceError('internal_error', 'Something went wrong on our side. The cause is in the service log.', { cause: error })
  }

  return {
    start (collection, rule) {
      if (isClosed) throw shuttingDown()
      const before = ofCollection(collection)
      const current = before.find(({ job }) => job.status === 'running')
      if (current) throw new FaceError('conflict', `The job ${current.job.id} of this collection runs already. Wait for it, or delete it.`)
      if (running.size >= MOST_RUNNING) {
        throw new FaceError('overloaded', `${running.size} jobs run already, in other collections. Try again when one has ended.`, { retryAfter: BUSY_SECONDS })
      }
      for (const old of before) drop(old, undefined)
      const entry: Entry = {
        collection: { id: collection.id, key: collection.key },
        abort: new AbortController(),
        job: { id: randomUUID(), status: 'running', progress: 0, createdAt: new Date(), endedAt: undefined, expiresAt: undefined, result: undefined, error: undefined }
      }
      entries.set(entry.job.id, entry)
      running.set(entry, run(entry, rule).finally(() => running.delete(entry)))
      return entry.job
    },
    list: (collection) => ofCollection(collection).map(({ job }) => job),
    get: (collection, id) => entryOf(collection, id).job,
    async faces (collection, id, page) {
      const { job, result } = entryOf(collection, id)
      if (job.error) throw job.error
      if (!result) throw new FaceError('conflict', `The job ${id} is not done yet. Ask for its state until it is.`)
      const { keys, groups } = result
      const from = positionOf(page)
      const rows = Array.from({ length: Math.max(0, Math.min(page.limit + 1, keys.length - from)) }, (_, i) => from + i)
      const { items, next } = paged(rows, page.limit, (row) => row + 1, (row) => ({ key: keys[row]!, group: groups[row]! }))
      const names = new Map((await collections.named(collection.id, items.map(({ key }) => key))).map(({ key, face, subject }) => [key, { face, subject }]))
      return {
        items: items.flatMap(({ key, group }): GroupedFace[] => {
          const name = names.get(key)
          return name ? [{ group, ...name }] : []
        }),
        next
      }
    },
    remove: (collection, id) => drop(entryOf(collection, id), new Error('The job was deleted.')),
    forget (collection) {
      for (const entry of entries.values()) if (entry.collection.id === collection) drop(entry, new Error('The collection was deleted.'))
    },
    async close () {
      isClosed = true
      for (const entry of entries.values()) drop(entry, shuttingDown())
      await Promise.all(running.values())
    }
  }
}

const isGone = (error: unknown): boolean => error instanceof FaceError && error.code === 'not_found'

/** The order of the faces by group, the largest group first and of equal ones the one with the earlier face; the new number of each one's group. */
function byGroup (numbers: Int32Array): { order: Int32Array, groups: Int32Array, count: number } {
  const count = numbers.reduce((most, number) => Math.max(most, number + 1), 0)
  const sizes = new Int32Array(count)
  for (const number of numbers) sizes[number]!++
  const ranked = Int32Array.from(sizes.keys()).sort((a, b) => sizes[b]! - sizes[a]! || a - b)
  const rank = new Int32Array(count)
  /** Where the next face of each group stands. */
  const at = new Int32Array(count)
  let next = 0
  ranked.forEach((number, i) => {
    rank[number] = i
    at[number] = next
    next += sizes[number]!
  })
  const order = new Int32Array(numbers.length)
  const groups = new Int32Array(numbers.length)
  numbers.forEach((number, i) => {
    const place = at[number]!++
    order[place] = i
    groups[place] = rank[number]!
  })
  return { order, groups, count }
}
