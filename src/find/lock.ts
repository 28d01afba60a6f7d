import { setTimeout } from 'node:timers/promises'
import lockfile from 'proper-lockfile'
import { isErrno } from './async.ts'

/** A lock its holder has not touched for so long belongs to a process that was killed. The holder touches it three times as often. */
const STALE_MS = 15_000

/** How often to ask for a lock that another process holds. */
const ASK_MS = 200

/**
 * Waits until no other process has the lock of `file`, and takes it. It saves work, not data: one process indexes while the others
 * wait for what it finds. `file` is replaced as a whole, so that two writers do no harm should the lock fail.
 * @throws the reason of `signal`; the system's error when the folder cannot be written.
 */
export async function lock (file: string, signal: AbortSignal, onLost: (cause: Error) => void): Promise<() => Promise<void>> {
  for (;;) {
    signal.throwIfAborted()
    try {
      let lost = false
      const release = await lockfile.lock(file, {
        lockfilePath: `${file}.lock`,
        realpath: false,
        stale: STALE_MS,
        update: STALE_MS / 3,
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
          // Somebody removed it, perhaps with the whole folder.
          onLost(error as Error)
        }
      }
    } catch (error) {
      if (!isErrno(error, 'ELOCKED')) throw error
    }
    await setTimeout(ASK_MS, undefined, { signal })
  }
}
