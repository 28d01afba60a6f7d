import { type BigIntStats, constants } from 'node:fs'
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { imageDecodeError } from '../errors.ts'
import { tooManyBytes, unreadablePath } from './problems.ts'

/** Longest path, in characters: PATH_MAX of Linux. */
export const MAX_PATH = 4096
/** Bytes read at a time; the signal is checked between two reads. */
const CHUNK = 1024 * 1024

/**
 * Read only; do not wait for the writer of a FIFO; do not acquire a controlling terminal; do not follow a link in the last place, where there
 * was none during the check.
 */
const FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW

/** Errors of the file system for a path that cannot be read. All others are failures of the machine, not of the client. */
const UNREADABLE = new Set(['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG', 'ENXIO', 'ENODEV', 'EOPNOTSUPP'])

export interface FileReaderOptions {
  /** Folders, in the order in which relative paths are tried. They need not exist yet. */
  readonly roots: readonly string[]
  readonly maxBytes: number
}

export type FileReader = (path: string, signal: AbortSignal | undefined) => Promise<Uint8Array>

/**
 * Returns a reader of files inside `roots`, by absolute path, by path relative to a root, or as `find` reports them (relative to the
 * working directory).
 *
 * A path is checked as written, before any access to the file system, so that nothing outside is touched, and after resolving symbolic links.
 * Folders and links may be exchanged at any moment. So the opened file must be the one that was checked, by device and inode, and it must lie
 * at the same place inside a root after it was opened and after it was read.
 */
export function openFileReader ({ roots, maxBytes }: FileReaderOptions): FileReader {
  /** @throws {FaceError} image_decode_error, image_too_large; or the reason of `signal`. */
  return async (path, signal) => {
    if (roots.length === 0) throw imageDecodeError('Images by path are off: neither IMAGES_ROOT nor FACES_DB_PATH is set. Send the image as base64, or a URL.')
    if (path === '' || path.length > MAX_PATH || path.includes('\0') || path.split(/[/\\]/).includes('..')) throw unreadablePath()
    const realRoots = await Promise.all(roots.map((root) => orUndefined(realpath(root))))
    const folders = [...roots.map((root) => resolve(root)), ...realRoots.filter((root) => root !== undefined)]
    const candidates = isAbsolute(path) ? [path] : [...roots.map((root) => resolve(root, path)), resolve(path)]

    for (const candidate of candidates.filter((candidate) => isInside(folders, candidate))) {
      const checked = await locate(candidate)
      if (checked === undefined || !isInside(realRoots, checked.real)) continue
      const file = await orUndefined(open(checked.real, FLAGS))
      if (file === undefined) continue
      try {
        if (!await isStill(file, candidate, checked)) continue
        const bytes = await readAll(file, maxBytes, signal)
        if (await isStill(file, candidate, checked)) return bytes
      } finally {
        await file.close()
      }
    }
    throw unreadablePath()
  }
}

/**
 * Returns the path that a `file:` URL names.
 * @throws {FaceError} image_decode_error when it names another host or is malformed.
 */
export function pathOfUrl (url: string): string {
  try {
    return fileURLToPath(url)
  } catch (error) {
    throw unreadablePath(error)
  }
}

/** Whether `path` lies below one of `folders`. All are absolute and without `..`. */
const isInside = (folders: ReadonlyArray<string | undefined>, path: string): boolean => folders.some((folder) => {
  if (folder === undefined) return false
  const rest = relative(folder, path)
  return rest !== '' && rest !== '..' && !rest.startsWith(`..${sep}`) && !isAbsolute(rest)
})

/** A file as it was checked. */
interface Located {
  /** Its path without symbolic links. */
  readonly real: string
  /** Device and inode. */
  readonly identity: string
}

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev} ${ino}`

/** Resolves a path; undefined when it cannot be read. */
async function locate (path: string): Promise<Located | undefined> {
  const real = await orUndefined(realpath(path))
  const stats = real === undefined ? undefined : await orUndefined(lstat(real, { bigint: true }))
  return stats && { real: real!, identity: identityOf(stats) }
}

/** True when `path` leads to the open file, and to the place where it was checked. */
async function isStill (file: FileHandle, path: string, { real, identity }: Located): Promise<boolean> {
  if (identityOf(await file.stat({ bigint: true })) !== identity) return false
  // Linux reports where an open file lies, whatever its path leads to by now.
  if (process.platform === 'linux' && await orUndefined(readlink(`/proc/self/fd/${file.fd}`)) !== real) return false
  const now = await locate(path)
  return now?.real === real && now.identity === identity
}

async function readAll (file: FileHandle, maxBytes: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
  const stats = await file.stat()
  if (!stats.isFile()) throw unreadablePath()
  if (stats.size > maxBytes) throw tooManyBytes(maxBytes)
  if (stats.size === 0) throw imageDecodeError('The image file is empty.')
  const bytes = new Uint8Array(stats.size)
  let size = 0
  while (size < bytes.length) {
    signal?.throwIfAborted()
    const { bytesRead } = await file.read(bytes, size, Math.min(CHUNK, bytes.length - size), size)
    if (bytesRead === 0) break
    size += bytesRead
  }
  // Shorter when the file was truncated meanwhile; copied, because the bytes must own their memory.
  return size === bytes.length ? bytes : bytes.slice(0, size)
}

/** Settles as `promise` does, but with undefined when the path cannot be read. */
async function orUndefined<Result> (promise: Promise<Result>): Promise<Result | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && UNREADABLE.has(String(error.code))) return undefined
    throw error
  }
}
