import { realpath, stat } from 'node:fs/promises'
import type { FaceEngine } from '../engine/face-engine.ts'
import { eachLimit } from '../system/async.ts'
import { type Changes, changesSince } from './changes.ts'
import { asFolderProblem, dbNotFound } from './face-folder-problems.ts'
import type { IndexLog } from './index-file.ts'
import type { IndexKey } from './index-key.ts'
import type { IndexState } from './index-state.ts'
import { listPhotos } from './list-photos.ts'
import { openReader } from './photo-reader.ts'

/** Time between two lines of progress in the log. Milliseconds. */
const PROGRESS_MS = 5000

/** After a checkpoint, the next one waits at least this many times as long as it took: checkpoints take a twentieth of the time. */
const CHECKPOINT_SHARE = 20

export interface IndexingRun {
  /** Folder of the photos. */
  readonly root: string
  readonly engine: FaceEngine
  readonly key: IndexKey
  /** Name of the index, for the log. */
  readonly name: string
  readonly state: IndexState
  readonly log: IndexLog
  /** Milliseconds between checkpoints. */
  readonly checkpointMs: number
  /** Ends the run at a checkpoint. */
  readonly signal: AbortSignal
  /** Called before the first photo and after each one: photos done, and photos to read in all. */
  readonly onProgress: (done: number, total: number) => void
}

/**
 * Brings an index up to date with its folder: lists the photos, reads those that changed, and saves the result.
 * @throws {FaceError} db_not_found, service_unavailable when the folder cannot be listed; errors of the engine that do not concern one
 * photo; the reason of `signal`.
 */
export async function runIndexing (run: IndexingRun): Promise<void> {
  const { state, signal } = run
  signal.throwIfAborted()
  const realRoot = await realRootOf(run.root).catch((error: unknown) => { throw asFolderProblem(error) })
  await state.reload()
  const listed = await listPhotos(realRoot, signal).catch((error: unknown) => { throw asFolderProblem(error) })
  state.setListing(listed)
  const { changed, gone } = await changesSince(state.vectors().photos, listed)
  if (changed.length === 0 && gone.length === 0 && state.isSettled()) return

  const release = await state.lock(signal)
  try {
    // Another process may have indexed these photos while this one waited for the lock.
    await state.reload()
    await indexChanges(run, realRoot, await changesSince(state.vectors().photos, listed), release !== undefined)
  } finally {
    await release?.()
  }
}

async function realRootOf (root: string): Promise<string> {
  const realRoot = await realpath(root)
  if (!(await stat(realRoot)).isDirectory()) throw dbNotFound('ENOTDIR')
  return realRoot
}

/** Reads the changed photos and puts the result into the state; `isLocked` permits to save it. */
async function indexChanges (run: IndexingRun, realRoot: string, { changed, gone }: Changes, isLocked: boolean): Promise<void> {
  const { engine, key, name, state, log, checkpointMs, signal, onProgress } = run
  const reader = await openReader({ root: realRoot, engine, key, log, signal }, state.vectors())
  const started = Date.now()
  const total = changed.length
  let done = 0
  let isComplete = false
  const logProgress = every(PROGRESS_MS, () => log.info({ index: name, done, total }, 'indexing photos'))
  const checkpoint = checkpoints(checkpointMs, async () => {
    if (isLocked) await state.save(reader.photos.values())
  })
  onProgress(done, total)

  try {
    await eachLimit(changed, engine.workers * 2, async (listed) => {
      await reader.read(listed)
      onProgress(++done, total)
      logProgress()
      if (done < total) await checkpoint()
    })
    for (const path of gone) reader.photos.delete(path)
    isComplete = true
  } finally {
    // After a failure too, so that the next run goes on from there.
    await state.replace(reader.photosOfNewestLength(), isComplete)
    if (isLocked && (isComplete || done > 0)) await state.save(state.vectors().photos.values())
  }
  if (total > 0) {
    const { photos, owners } = state.vectors()
    log.info({ index: name, photos: photos.size, faces: owners.length, changed: total, gone: gone.length, ms: Date.now() - started }, 'photos are indexed')
  }
}

/** Returns a function that calls `act` when `intervalMs` have passed since the last time. */
function every (intervalMs: number, act: () => void): () => void {
  let last = Date.now()
  return () => {
    const now = Date.now()
    if (now - last < intervalMs) return
    last = now
    act()
  }
}

/** Returns a function that calls `save` when a checkpoint is due and none is being written. `save` must not reject. */
function checkpoints (intervalMs: number, save: () => Promise<void>): () => Promise<void> {
  let due = Date.now() + intervalMs
  let isSaving = false
  return async () => {
    const now = Date.now()
    if (isSaving || now < due) return
    isSaving = true
    await save()
    due = Date.now() + Math.max(intervalMs, CHECKPOINT_SHARE * (Date.now() - now))
    isSaving = false
  }
}
