import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { lock } from 'proper-lockfile'
import { codeOf, storing } from './fetch-failure.ts'

/** How long a lock outlives a process that was killed, and how often a living one renews it, in milliseconds. */
const STALE = 10_000
const UPDATE = 2_500

/** How often a waiting process looks again, in milliseconds. */
const LOOK = 100

type Release = () => Promise<void>

/**
 * Runs `work` while no other process runs it for the same `path`; waits for its turn.
 *
 * `work` gets a signal that also aborts when the lock is lost, which happens when this process hung for too long.
 * @throws {StorageError} when the folder cannot be written; the signal's reason; what `work` throws.
 */
export async function withLock<Result> (path: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const lost = new AbortController()
  const release = await acquire(path, signal, (error) => lost.abort(error))
  try {
    return await work(AbortSignal.any([signal, lost.signal]))
  } finally {
    // A lost lock is somebody else's now.
    if (!lost.signal.aborted) await release()
  }
}

/** Runs `work`, which is short, unless somebody holds the lock. @throws as `withLock`. */
export async function ifUnlocked (path: string, work: () => Promise<void>): Promise<void> {
  const release = await tryLock(path, () => {})
  if (!release) return
  try {
    await work()
  } finally {
    await release()
  }
}

async function acquire (path: string, signal: AbortSignal, onCompromised: (error: Error) => void): Promise<Release> {
  for (;;) {
    signal.throwIfAborted()
    const release = await tryLock(path, onCompromised)
    if (release) return release
    await wait(LOOK, undefined, { signal })
  }
}

/** Undefined when somebody else holds the lock. @throws {StorageError} */
async function tryLock (path: string, onCompromised: (error: Error) => void): Promise<Release | undefined> {
  try {
    return await storing(async () => {
      await mkdir(dirname(path), { recursive: true })
      return await lock(path, { realpath: false, stale: STALE, update: UPDATE, onCompromised })
    })
  } catch (error) {
    if (error instanceof Error && codeOf(error.cause) === 'ELOCKED') return undefined
    throw error
  }
}
