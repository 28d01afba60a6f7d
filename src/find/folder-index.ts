import { realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { FaceEngine } from '../engine/face-engine.ts'
import { shuttingDown } from '../errors.ts'
import { eachLimit, successive, unlessAborted } from '../system/async.ts'
import { isErrno } from '../system/errno.ts'
import { type Changes, changesSince } from './changes.ts'
import { dbNotFound } from './face-folder-problems.ts'
import { type FolderVectors, NO_VECTORS, lengthOf, layOut } from './folder-vectors.ts'
import { type IndexLog, openIndexFile } from './index-file.ts'
import { type IndexKey, fileName, keyOf } from './index-key.ts'
import { listPhotos } from './list-photos.ts'
import { type Hit, nearestFaces, type SearchOptions } from './nearest-faces.ts'
import { openReader } from './photo-reader.ts'
import { type Photo, display } from './photo.ts'

/** The folder inside FACES_DB_PATH that holds the index files. Hidden, so that no scan takes it for a person. */
const INDEX_FOLDER = '.visage'

/** Time between two lines of progress in the log. */
const PROGRESS_MS = 5000

/** A checkpoint is written this often while photos are indexed, or more seldom: it may take a twentieth of the time. */
const CHECKPOINT_MS = 10_000
const CHECKPOINT_SHARE = 20

/** After the index could not be saved, it is tried again with the next change or after this long. */
const SAVE_AGAIN_MS = 60_000

/** Warnings in one response; the log has them all. */
const MOST_WARNINGS = 100

export interface Warning {
  /** Below the root; absent where the whole folder or the index is meant. */
  readonly photo?: string
  readonly message: string
}

export interface FindOptions extends SearchOptions {
  /** Look for changed photos first. When false, the index is used as it is, and built only when there is none. */
  readonly refresh: boolean
}

/** Where an indexing run stands. */
export interface Progress {
  readonly indexing: boolean
  /** Photos of the running or last run that had to be looked at, and how many of them are done. */
  readonly total: number
  readonly done: number
  readonly photos: number
  readonly faces: number
}

/** The faces of all photos of a folder, for one model and its settings. */
export interface FolderIndex {
  /**
   * The faces nearest to each query, nearest first. Concurrent calls share one indexing run. A run belongs to the index, not to a call:
   * it goes on when the calls that wait for it are aborted, so that a folder too large for one request is ready for a later one.
   * @throws {FaceError} db_not_found, service_unavailable, or what the engine throws; the reason of `signal`.
   */
  find: (queries: readonly Float32Array[], options: FindOptions) => Promise<{ hits: Hit[][], warnings: Warning[] }>
  progress: () => Progress
  /** Ends a running run at a checkpoint and rejects the calls that wait for it. */
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

export function openFolderIndex ({ root, engine, key: anyKey, log, checkpointMs = CHECKPOINT_MS }: FolderIndexOptions): FolderIndex {
  const key = keyOf(anyKey)
  const name = fileName(key)
  const file = openIndexFile(join(root, INDEX_FOLDER, name), key, log)
  const closing = new AbortController()
  let vectors: FolderVectors = NO_VECTORS
  /** Whether `vectors` says anything: read from the file, or built. */
  let built = false
  /** Whether the file lacks what the vectors has. */
  let unsaved = false
  let saveFailure: { readonly message: string, readonly at: number } | undefined
  /** Of the last reading of the file. */
  let damage: Warning | undefined
  let unread: Warning[] = []
  let counts = { indexing: false, total: 0, done: 0 }
  const runs = successive(async () => {
    try {
      await run()
    } finally {
      counts = { ...counts, indexing: false }
    }
  })

  async function run (): Promise<void> {
    const { signal } = closing
    signal.throwIfAborted()
    const real = await realRoot()
    await reloadFile()
    const seen = await listPhotos(real, signal)
    unread = seen.unread.map(({ folder, cause }) => ({ photo: display(folder), message: `It cannot be looked at (${(cause as NodeJS.ErrnoException).code}).` }))
    for (const { folder, cause } of seen.unread) log.warn({ err: cause, path: display(folder) }, 'a part of the folder cannot be looked at; its photos stay as they were indexed')
    const { changed, gone } = await changesSince(vectors.photos, seen)
    const late = saveFailure !== undefined && Date.now() - saveFailure.at < SAVE_AGAIN_MS
    if (changed.length === 0 && gone.length === 0 && built && !(unsaved && !late)) return

    const release = await lockFile()
    try {
      // What another process indexed while we waited for the lock need not be indexed again.
      await reloadFile()
      await index(real, await changesSince(vectors.photos, seen), release !== undefined)
    } finally {
      await release?.()
    }
  }

  async function realRoot (): Promise<string> {
    try {
      const real = await realpath(root)
      if (!(await stat(real)).isDirectory()) throw dbNotFound()
      return real
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) throw dbNotFound()
      throw error
    }
  }

  async function reloadFile (): Promise<void> {
    const reload = await file.reload()
    if (reload.state === 'same') return
    damage = undefined
    if (reload.state === 'changed') {
      // Photos whose problem may pass are in no file; they are not tried again for that.
      const transient = [...vectors.photos.values()].filter((photo) => photo.transient === true)
      vectors = await layOut(merge(reload.photos, transient))
      built = true
      unsaved = false
    } else if (reload.state === 'damaged') {
      damage = { message: `The index ${name} was rebuilt: ${reload.why}.` }
      log.warn({ index: name, why: reload.why }, 'the index is rebuilt')
      unsaved = true
    } else {
      // To remove the file is to ask for a new index.
      log.info({ index: name }, 'the index file was removed; the index is rebuilt')
      vectors = NO_VECTORS
      built = false
    }
  }

  /** The photos of `list` and those of `others` at other paths. */
  function merge (list: readonly Photo[], others: readonly Photo[]): Iterable<Photo> {
    const merged = new Map([...others, ...list].map((photo) => [photo.path, photo]))
    return merged.values()
  }

  /** Undefined when the index cannot be written; the run then goes on for this process alone. */
  async function lockFile (): Promise<(() => Promise<void>) | undefined> {
    try {
      return await file.lock(closing.signal)
    } catch (error) {
      closing.signal.throwIfAborted()
      failedToSave(error)
      return undefined
    }
  }

  async function index (real: string, { changed, gone }: Changes, durable: boolean): Promise<void> {
    const reader = await openReader({ root: real, engine, key, log, signal: closing.signal }, vectors)
    const started = Date.now()
    let told = started
    let checkpoint = started + checkpointMs
    let saving = false
    let complete = false
    counts = { indexing: true, total: changed.length, done: 0 }

    async function report (): Promise<void> {
      counts = { ...counts, done: counts.done + 1 }
      const now = Date.now()
      if (now - told >= PROGRESS_MS) {
        told = now
        log.info({ index: name, done: counts.done, total: counts.total }, 'indexing photos')
      }
      if (saving || now < checkpoint || counts.done === counts.total) return
      saving = true
      if (durable) await save(reader.photos.values())
      checkpoint = Date.now() + Math.max(checkpointMs, CHECKPOINT_SHARE * (Date.now() - now))
      saving = false
    }

    try {
      await eachLimit(changed, engine.workers * 2, async (found) => {
        await reader.read(found)
        await report()
      })
      for (const path of gone) reader.photos.delete(path)
      built = true
      complete = true
    } finally {
      // After a failure too: the next run goes on from there.
      vectors = await layOut(reader.sameLength())
      unsaved = true
      if (durable && (complete || counts.done > 0)) await save(vectors.photos.values())
    }
    if (changed.length > 0) {
      log.info({ index: name, photos: vectors.photos.size, faces: vectors.owners.length, changed: changed.length, gone: gone.length, ms: Date.now() - started }, 'photos are indexed')
    }
  }

  async function save (photos: Iterable<Photo>): Promise<void> {
    const lasting = [...photos].filter((photo) => photo.transient !== true)
    try {
      await file.save(lengthOf(lasting), lasting)
      unsaved = false
      saveFailure = undefined
    } catch (error) {
      failedToSave(error)
    }
  }

  function failedToSave (error: unknown): void {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
    log.warn({ err: error, index: name }, 'the index cannot be saved; it is kept in memory and lost with this process')
    saveFailure = { message: `The index could not be saved in ${INDEX_FOLDER} (${code}). The search is complete, but the photos are indexed again after a restart.`, at: Date.now() }
  }

  function warnings ({ photos }: FolderVectors): Warning[] {
    const all = [...unread]
    if (damage) all.unshift(damage)
    if (saveFailure) all.unshift({ message: saveFailure.message })
    let problems = 0
    for (const { path, problem } of photos.values()) {
      if (problem === undefined) continue
      problems++
      if (problems <= MOST_WARNINGS) all.push({ photo: display(path), message: problem })
    }
    if (problems > MOST_WARNINGS) all.push({ message: `${problems - MOST_WARNINGS} more photos are not searched; the log names them.` })
    return all
  }

  return {
    async find (queries, { refresh, ...options }) {
      const { signal } = options
      if (closing.signal.aborted) throw shuttingDown()
      signal?.throwIfAborted()
      if (refresh) await unlessAborted(runs.start(), signal)
      else {
        if (!runs.running()) await reloadFile()
        if (!built) await unlessAborted(runs.running() ?? runs.start(), signal)
      }

      const used = vectors
      return { hits: await nearestFaces(engine, used, queries, options), warnings: warnings(used) }
    },
    progress: () => ({ ...counts, photos: vectors.photos.size, faces: vectors.owners.length }),
    async close () {
      closing.abort(shuttingDown())
      await runs.settled()
    }
  }
}
