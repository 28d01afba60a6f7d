import { statSync } from 'node:fs'
import { storeReplaced, storeTruncated } from '../collection-problems.ts'

/** Watches that the files of an open database are still those at their paths. */
export interface StoreFiles {
  /** @throws {FaceError} service_unavailable when a file was removed, replaced or shortened: what is written into it would be lost. */
  check: () => void
  /** Takes the sizes of now as those to compare with. Only to be called when this connection has changed the files. */
  settle: () => void
}

interface Look {
  /** Device and inode. */
  readonly identity: string
  readonly size: bigint
}

/**
 * Starts to watch the files of a database that has just been opened. Only their paths are looked at: closing a descriptor of a file drops all
 * locks that this process has on it, those of SQLite among them.
 *
 * @param version returns a number that changes when another connection has changed the database, and may have shortened its files.
 */
export function watchFiles (database: string, log: string, version: () => number): StoreFiles {
  const look = (path: string): Look | undefined => {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false })
    return stats && { identity: `${stats.dev} ${stats.ino}`, size: stats.size }
  }
  const paths = [database, log]
  const lookAtAll = () => ({ files: paths.map(look), version: version() })
  let known = lookAtAll()

  return {
    check () {
      const now = lookAtAll()
      for (const [i, before] of known.files.entries()) {
        // A file system without shared memory has no write-ahead log.
        if (before === undefined) continue
        const file = now.files[i]
        if (file?.identity !== before.identity) throw storeReplaced()
        if (now.version === known.version && file.size < before.size) throw storeTruncated()
      }
      if (now.version !== known.version) known = now
    },
    settle () {
      const now = lookAtAll()
      if (now.files.every((file, i) => file?.identity === known.files[i]?.identity)) known = now
    }
  }
}
