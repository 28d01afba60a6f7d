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

/** What there is in the file since we last looked. */
export type Reload =
  | { readonly state: 'same' }
  /** Another process wrote it, or this one sees it for the first time. */
  | { readonly state: 'changed', readonly photos: Photo[] }
  /** It was there, and somebody removed it. */
  | { readonly state: 'gone' }
  /** It cannot be used, and has to be written anew. */
  | { readonly state: 'damaged', readonly why: string }

/** The durable side of one index. */
export interface IndexFile {
  reload: () => Promise<Reload>
  /** Replaces the file. @throws the system's error. */
  save: (length: number, photos: readonly Photo[]) => Promise<void>
  /** Keeps other processes from indexing. @throws the system's error, or the signal's reason. */
  lock: (signal: AbortSignal) => Promise<() => Promise<void>>
}

export function openIndexFile (path: string, key: IndexKey, log: IndexLog): IndexFile {
  /** What the file looked like when we last read or wrote it; every replacement is a new inode. */
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
    async reload () {
      const seen = await identity()
      if (seen === known) return { state: 'same' }
      known = seen
      if (seen === undefined) return { state: 'gone' }
      try {
        return { state: 'changed', photos: (await decode(path, key)).photos }
      } catch (error) {
        if (isErrno(error, 'ENOENT')) return { state: 'gone' }
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
      return await acquireLock(path, signal, (cause) => log.warn({ err: cause }, 'the lock of the index was lost; another process may index the same photos'))
    }
  }
}
