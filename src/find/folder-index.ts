import { join } from 'node:path'
import type { FaceEngine } from '../engine/face-engine.ts'
import { shuttingDown } from '../errors.ts'
import { successive, unlessAborted } from '../system/async.ts'
import { type IndexLog, openIndexFile } from './index-file.ts'
import { type IndexKey, canonicalKey, fileName } from './index-key.ts'
import { createIndexState, INDEX_FOLDER, type Warning } from './index-state.ts'
import { runIndexing } from './indexing-run.ts'
import { type Hit, nearestFaces, type SearchOptions } from './nearest-faces.ts'

/** A run writes a checkpoint this often, or less often where that would take more than a twentieth of its time. Milliseconds. */
const CHECKPOINT_MS = 10_000

export interface FindOptions extends SearchOptions {
  /** Index changed photos first. When false, the index is used as it is, and built only when there is none. */
  readonly refresh: boolean
}

/** Progress of the running or last indexing run, and size of the index. */
export interface Progress {
  readonly indexing: boolean
  /** Photos that the run had to read, and how many of them are done. */
  readonly total: number
  readonly done: number
  /** Photos and faces in the index. */
  readonly photos: number
  readonly faces: number
}

/** Result of a search. */
export interface Found {
  /** For each query, nearest first. */
  readonly hits: Hit[][]
  /** Number of faces that each query was compared with. */
  readonly compared: number
  readonly warnings: Warning[]
}

/** The faces of all photos of a folder, for one model and its settings. */
export interface FolderIndex {
  /**
   * Returns the faces nearest to each query, nearest first. Concurrent calls share one indexing run. A run belongs to the index, not to a
   * call: it continues when the calls that wait for it are aborted, so that a folder too large for one request is ready for a later one.
   * @throws {FaceError} db_not_found, service_unavailable, or errors of the engine; the reason of `signal`.
   */
  find: (queries: readonly Float32Array[], options: FindOptions) => Promise<Found>
  progress: () => Progress
  /** Ends a run at a checkpoint and rejects the calls that wait for it. */
  close: () => Promise<void>
}

export interface FolderIndexOptions {
  /** `<root>/<person>/<photo>`; deeper folders and photos in the root itself count too. */
  readonly root: string
  readonly engine: FaceEngine
  readonly key: IndexKey
  readonly log: IndexLog
  /** Milliseconds between checkpoints. */
  readonly checkpointMs?: number
}

export function openFolderIndex (options: FolderIndexOptions): FolderIndex {
  const { root, engine, log, checkpointMs = CHECKPOINT_MS } = options
  const key = canonicalKey(options.key)
  const name = fileName(key)
  const state = createIndexState(name, openIndexFile(join(root, INDEX_FOLDER, name), key, log), log)
  const closing = new AbortController()
  let counts = { indexing: false, total: 0, done: 0 }
  const onProgress = (done: number, total: number): void => { counts = { indexing: true, total, done } }
  const runs = successive(async () => {
    try {
      await runIndexing({ root, engine, key, name, state, log, checkpointMs, signal: closing.signal, onProgress })
    } finally {
      counts = { ...counts, indexing: false }
    }
  })

  return {
    async find (queries, { refresh, ...search }) {
      const { signal } = search
      if (closing.signal.aborted) throw shuttingDown()
      signal?.throwIfAborted()
      if (refresh) await unlessAborted(runs.start(), signal)
      else {
        if (!runs.running()) await state.reload()
        if (!state.isComplete()) await unlessAborted(runs.running() ?? runs.start(), signal)
      }

      const vectors = state.vectors()
      return { hits: await nearestFaces(engine, vectors, queries, search), compared: vectors.owners.length, warnings: state.warnings(vectors) }
    },
    progress () {
      const { photos, owners } = state.vectors()
      return { ...counts, photos: photos.size, faces: owners.length }
    },
    async close () {
      closing.abort(shuttingDown())
      await runs.settled()
    }
  }
}
