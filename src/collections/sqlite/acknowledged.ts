import { type BigIntStats, closeSync, fstatSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs'
import { isErrno } from '../../system/errno.ts'

const MAGIC = Buffer.from('VISAGEAK')
/** The magic, then the inode and the birth time of the database and the inode of this file, 8 bytes each. */
const HEADER = 32
/** The sequence number plus 1 and its complement, 8 bytes each; at the place of the collection's key. Zeros: nothing. */
const ENTRY = 16

/**
 * Keeps the last acknowledged sequence number of each collection in a file beside the database, so that a start after a crash notices when
 * SQLite has less than that: a write-ahead log that was removed or damaged is cut without an error.
 *
 * The file is written after a commit and never waits for the disk. It may lack the last numbers after a loss of power; it never has
 * one that the database did not have. It belongs to one file, not to its name: a backup that takes the place is another file. A store
 * that is closed in order has no such file.
 */
export interface Acknowledged {
  /**
   * Which database the file belongs to: this one, or another one that was at its path. `none`: there is no file, or it was copied together
   * with its database.
   */
  owner: () => 'this' | 'other' | 'none'
  /** The numbers by key of their collection. */
  read: () => Map<number, number>
  /** Notes an acknowledged number. */
  note: (key: number, seq: number) => void
  /** Forgets a collection that is about to be dropped. */
  forget: (key: number) => void
  /** Removes the file: the database has everything. */
  remove: () => void
  close: () => void
}

/** Opens the file at `path` for `database`. What belongs to another database is discarded with the first note. */
export function openAcknowledged (path: string, database: string): Acknowledged {
  let fd: number | undefined

  function header (own: BigIntStats): Buffer {
    const { ino, birthtimeNs } = statSync(database, { bigint: true })
    const bytes = Buffer.concat([MAGIC, Buffer.alloc(HEADER - MAGIC.length)])
    for (const [i, value] of [ino, birthtimeNs, own.ino].entries()) bytes.writeBigUInt64LE(BigInt.asUintN(64, value), MAGIC.length + i * 8)
    return bytes
  }

  /** Returns the content, if the file was not copied, and whether it belongs to the database. */
  function content (): { bytes: Buffer, isOurs: boolean } | undefined {
    const own = statSync(path, { bigint: true, throwIfNoEntry: false })
    if (!own) return undefined
    const bytes = readFileSync(path)
    const expected = header(own)
    const isHere = bytes.subarray(0, 8).equals(MAGIC) && bytes.subarray(24, HEADER).equals(expected.subarray(24))
    return isHere ? { bytes, isOurs: bytes.subarray(0, HEADER).equals(expected) } : undefined
  }

  /** Opens the file, or makes it again when another process has removed it. */
  function file (): number {
    if (fd !== undefined && fstatSync(fd).nlink > 0) return fd
    if (fd !== undefined) closeSync(fd)
    fd = undefined
    const isOurs = content()?.isOurs === true
    fd = openSync(path, isOurs ? 'r+' : 'w')
    if (!isOurs) writeSync(fd, header(fstatSync(fd, { bigint: true })), 0, HEADER, 0)
    return fd
  }

  function write (key: number, value: bigint): void {
    const entry = Buffer.alloc(ENTRY)
    if (value > 0n) {
      entry.writeBigUInt64LE(value, 0)
      entry.writeBigUInt64LE(BigInt.asUintN(64, ~value), 8)
    }
    try {
      writeSync(file(), entry, 0, ENTRY, HEADER + key * ENTRY)
    } catch (error) {
      // The disk is full or read-only: an older number is right too, only less.
      if (!isErrno(error, 'ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EPERM', 'EIO', 'ENOENT', 'EFBIG')) throw error
    }
  }

  return {
    owner () {
      const found = content()
      return found === undefined ? 'none' : found.isOurs ? 'this' : 'other'
    },
    read () {
      const found = content()
      const all = found?.isOurs === true ? found.bytes : Buffer.alloc(0)
      const numbers = new Map<number, number>()
      for (let at = HEADER; at + ENTRY <= all.length; at += ENTRY) {
        const value = all.readBigUInt64LE(at)
        if (value > 0n && all.readBigUInt64LE(at + 8) === BigInt.asUintN(64, ~value)) numbers.set((at - HEADER) / ENTRY, Number(value) - 1)
      }
      return numbers
    },
    note: (key, seq) => write(key, BigInt(seq) + 1n),
    forget: (key) => write(key, 0n),
    remove: () => rmSync(path, { force: true }),
    close () {
      if (fd !== undefined) closeSync(fd)
      fd = undefined
    }
  }
}
