import { setImmediate } from 'node:timers/promises'
import { validationError } from '../../errors.ts'
import { unlessAborted } from '../../system/async.ts'
import type { Collection, Feed, RecordStore, Version } from '../contract.ts'
import { createKeyMap } from '../search/key-map.ts'

/** The faces of a collection at one moment. */
export interface Snapshot {
  readonly keys: Float64Array
  /** keys.length × the length of an embedding, in shared memory. */
  readonly embeddings: Float32Array
  /** Estimated years of each face; NaN where they are not known. */
  readonly ages: Float32Array
  /** It includes all writes up to this version. */
  readonly asOf: Version
}

export interface SnapshotOptions {
  readonly signal: AbortSignal
  /** Called with the share of the faces that is read, 0..1. */
  readonly onProgress: (share: number) => void
}

/** Most faces that are clustered: time grows with their square, to 2 minutes of two processor cores for 200,000 of 128 values. */
const MOST_CLUSTERED = 200_000
/** Most values of them: 256 MiB. */
const MOST_VALUES = 2 ** 26

/** Most faces of `length` values that are clustered. */
export const mostClustered = (length: number): number => Math.min(MOST_CLUSTERED, Math.floor(MOST_VALUES / length))

/** Most values of one page of the feed: it is read and copied in a few milliseconds on the event loop. */
const PAGE_VALUES = 2 ** 17

/** Rows of keys and vectors, which grow as faces are added. */
export interface SnapshotRows {
  readonly count: () => number
  /**
   * Adds a face, or replaces its vector and age.
   * @param at index in `vectors` of its first value.
   * @param age years; NaN where it is not known.
   * @throws {FaceError} validation_error when there are more than are clustered.
   */
  readonly put: (key: number, vectors: ArrayLike<number>, at: number, age: number) => void
  readonly remove: (key: number) => void
  readonly clear: () => void
  /** All rows, in the order of their keys. */
  readonly taken: (asOf: Version) => Snapshot
}

/** Creates rows for about `expected` faces of `length` values. @throws {FaceError} validation_error when these are more than are clustered. */
export function createRows (length: number, expected: number): SnapshotRows {
  const most = mostClustered(length)
  if (expected > most) throw tooMany(length)
  let keys: Float64Array = new Float64Array(0)
  let embeddings: Float32Array = new Float32Array(0)
  let ages: Float32Array = new Float32Array(0)
  let count = 0
  let map = createKeyMap((row) => keys[row]!)
  reserve(expected)

  function reserve (rows: number): void {
    const [oldKeys, old, oldAges] = [keys, embeddings, ages]
    keys = new Float64Array(rows)
    ages = new Float32Array(rows)
    embeddings = new Float32Array(new SharedArrayBuffer(4 * rows * length))
    keys.set(oldKeys)
    embeddings.set(old)
    ages.set(oldAges)
  }

  return {
    count: () => count,
    put (key, vectors, at, age) {
      const known = map.row(key)
      const row = known ?? count
      if (row >= most) throw tooMany(length)
      if (row >= keys.length) reserve(Math.min(most, Math.ceil(1.5 * row) + 1))
      for (let i = 0; i < length; i++) embeddings[row * length + i] = vectors[at + i]!
      ages[row] = age
      if (known !== undefined) return
      keys[row] = key
      count++
      map.add(key, row)
    },
    remove (key) {
      const row = map.row(key)
      if (row === undefined) return
      map.delete(key)
      const last = --count
      if (row === last) return
      embeddings.copyWithin(row * length, last * length, (last + 1) * length)
      keys[row] = keys[last]!
      ages[row] = ages[last]!
      map.move(keys[row]!, row)
    },
    clear () {
      count = 0
      map = createKeyMap((row) => keys[row]!)
    },
    taken: (asOf) => ({ keys: keys.subarray(0, count), embeddings: embeddings.subarray(0, count * length), ages: ages.subarray(0, count), asOf })
  }
}

/**
 * Reads all faces of a collection from the feed of its store, whose pages end in one state: writes that come meanwhile are read too.
 * @throws {FaceError} not_found when the collection is dropped; validation_error when there are too many faces; the reason of the signal.
 */
export async function snapshotOf (
  store: Pick<RecordStore, 'changes' | 'counts'>, collection: Collection, { signal, onProgress }: SnapshotOptions
): Promise<Snapshot> {
  const { length } = collection
  const { faces } = await unlessAborted(store.counts(collection.id), signal)
  const rows = createRows(length, faces)
  const limit = Math.max(64, Math.min(4096, Math.floor(PAGE_VALUES / length)))
  for (let seq = 0; ;) {
    const feed: Feed = await unlessAborted(store.changes(collection, seq, limit), signal)
    if (feed.reset) rows.clear()
    feed.faces.keys.forEach((key, i) => {
      if (feed.faces.subjects[i] === 0) rows.remove(key)
      else rows.put(key, feed.faces.embeddings, i * length, feed.faces.ages[i]!)
    })
    seq = feed.upTo
    onProgress(Math.min(1, rows.count() / Math.max(1, faces)))
    if (feed.upTo >= feed.head) return rows.taken(String(seq))
    // Stores without threads of their own would let nobody else have a turn.
    await setImmediate()
  }
}

const tooMany = (length: number) =>
  validationError([{ field: '', msg: `There are more than ${mostClustered(length)} faces of ${length} values, which are not clustered at once. Divide them among collections` }])
