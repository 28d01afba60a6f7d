import { setTimeout } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { isErrno } from './errno.ts'

/** A lock that its holder has not renewed for this long belongs to a process that was killed. Milliseconds. */
const STALE_MS = 10_000
const RENEW_MS = 2_500

/** A waiting process asks again after this long. Milliseconds. */
const RETRY_MS = 100

/** Gives the lock back. It never rejects: a lock that somebody removed is reported to `onLost`. */
export type Release = () => Promise<void>

/**
 * Takes the lock of `file`, which need not exist, for this process; undefined while another process holds it. The lock is a folder
 * `<file>.lock`, so the folder of `file` must exist.
 *
 * @param onLost is called when the lock is lost: this process hung for too long, or somebody removed the lock.
 * @throws the system's error when the folder cannot be written.
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
 * As `tryLock`, but waits until the lock is free.
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
