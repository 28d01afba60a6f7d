import { mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { sweepTemporaries, writeAtomically } from '../system/atomic-write.ts'
import { isErrno } from '../system/errno.ts'
import { acquireLock } from '../system/file-lock.ts'
import { decode, encode, UnusableIndex } from './index-format.ts'
import type { IndexKey } from './index-key.ts'
import type { Photo } from './photo.ts'

export interface IndexLog {
  info: (object: object, message: string) => void
  warn: (object: object, message: string) => void
}

/** Outcome of reading the file since it was last read or written. */
export type FileChange =
  | { readonly state: 'unchanged' }
  /** Another process wrote it, or this process reads it for the first time. */
  | { readonly state: 'changed', readonly photos: Photo[] }
  /** It existed and was removed. */
  | { readonly state: 'removed' }
  /** It cannot be used and must be written again. */
  | { readonly state: 'damaged', readonly why: string }

/** The file of one index. */
export interface IndexFile {
  /** Reads the file when it has changed since it was last read or written. */
  readChange: () => Promise<FileChange>
  /** Replaces the file. `length`: values of an embedding. @throws the system's error. */
  save: (length: number, photos: readonly Photo[]) => Promise<void>
  /** Waits for the lock that keeps other processes from indexing. @throws the system's error, or the signal's reason. */
  lock: (signal: AbortSignal) => Promise<() => Promise<void>>
}

export function openIndexFile (path: string, key: IndexKey, log: IndexLog): IndexFile {
  /** Identity of the file when it was last read or written; every replacement has a new inode. */
  let known: string | undefined

  async function identity (): Promise<string | undefined> {
    try {
      const { ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true })
      return `${ino} ${size} ${mtimeNs} ${ctimeNs}`
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) return undefined
      return `unreadable ${(error as NodeJS.ErrnoException).code}`
    }
  }

  return {
    async readChange () {
      const current = await identity()
      if (current === known) return { state: 'unchanged' }
      known = current
      if (current === undefined) return { state: 'removed' }
      try {
        return { state: 'changed', photos: (await decode(path, key)).photos }
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return { state: 'removed' }
        if (error instanceof UnusableIndex) return { state: 'damaged', why: error.message }
        return { state: 'damaged', why: `it cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})` }
      }
    },
    async save (length, photos) {
      await writeAtomically(path, encode(key, length, photos))
      known = await identity()
    },
    async lock (signal) {
      await mkdir(dirname(path), { recursive: true })
      await sweepTemporaries(dirname(path), Date.now())
      return await acquireLock(path, signal, (cause) => {
        log.warn({ err: cause }, 'the lock of the index was lost; another process may index the same photos')
      })
    }
  }
}
