import { setTimeout } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { isErrno } from './errno.ts'

/** Milliseconds without a renewal after which a lock belongs to a killed process. */
const STALE_MS = 10_000

/** Milliseconds between renewals. */
const RENEW_MS = 2_500

/** Milliseconds between attempts of a waiting process. */
const RETRY_MS = 100

/** Releases the lock. It never rejects: when the lock has been removed meanwhile, it calls `onLost`. */
export type Release = () => Promise<void>

/**
 * Locks `file`, which need not exist, for this process; returns undefined while another process holds the lock. The lock is a folder
 * `<file>.lock`, so the folder of `file` must exist.
 *
 * @param onLost called when the lock is lost: this process hung for too long, or the lock was removed.
 * @throws the system's error when the folder cannot be written.
 *
 * @example
 * const release = await tryLock(file, (cause) => log.warn({ err: cause }, 'the lock was lost'))
 * if (release) try { await write(file) } finally { await release() }
 */
export async function tryLock (file: string, onLost: (cause: Error) => void): Promise<Release | undefined> {
  let lost = false
  try {
    const release = await lockfile.lock(file, {
      realpath: false,
      stale: STALE_MS,
      update: RENEW_MS,
      onCompromised: (cause) => {
        lost = true
        onLost(cause)
      }
    })
    return async () => {
      if (lost) return
      try {
        await release()
      } catch (error) {
        onLost(error as Error)
      }
    }
  } catch (error) {
    if (isErrno(error, 'ELOCKED')) return undefined
    throw error
  }
}

/**
 * Does what `tryLock` does, but waits until the lock is free.
 * @throws the reason of `signal`; the system's error when the folder cannot be written.
 */
export async function acquireLock (file: string, signal: AbortSignal, onLost: (cause: Error) => void): Promise<Release> {
  for (;;) {
    signal.throwIfAborted()
    const release = await tryLock(file, onLost)
    if (release) return release
    await setTimeout(RETRY_MS, undefined, { signal })
  }
}
