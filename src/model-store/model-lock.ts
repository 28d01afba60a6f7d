import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { acquireLock, type Release, tryLock } from '../system/file-lock.ts'
import { storing } from './fetch-failure.ts'

/**
 * Runs `work` while holding the lock of `path`, and waits while another process holds it.
 *
 * The signal that `work` receives also aborts when the lock is lost, which happens when this process hung for too long.
 * @throws {StorageError} when the folder cannot be written; the signal's reason; errors of `work`.
 */
export async function withLock<Result> (path: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<Result>): Promise<Result> {
  const lost = new AbortController()
  const release = await takeLock(path, () => acquireLock(path, signal, (cause) => lost.abort(cause)), signal)
  try {
    return await work(AbortSignal.any([signal, lost.signal]))
  } finally {
    await release()
  }
}

/** Runs `work`, which must be short, unless another process holds the lock. @throws as `withLock`. */
export async function ifUnlocked (path: string, work: () => Promise<void>): Promise<void> {
  const release = await takeLock(path, () => tryLock(path, () => {}))
  if (!release) return
  try {
    await work()
  } finally {
    await release()
  }
}

/** Creates the folder of `path` and takes the lock. @throws {StorageError}; the reason of `signal`. */
async function takeLock<Taken extends Release | undefined> (path: string, take: () => Promise<Taken>, signal?: AbortSignal): Promise<Taken> {
  return await storing(async () => {
    await mkdir(dirname(path), { recursive: true })
    return await take()
  }, signal)
}
