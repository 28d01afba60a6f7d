import { constants } from 'node:fs'
import { type FileHandle, open, readlink, realpath, stat } from 'node:fs/promises'
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
 * A path is checked three times: as written, before any access to the file system, so that nothing outside is touched; after resolving
 * symbolic links; and once more for the opened file, since links may change between check and open.
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
      const real = await orUndefined(realpath(candidate))
      if (real === undefined || !isInside(realRoots, real)) continue
      const file = await orUndefined(open(real, FLAGS))
      if (file === undefined) continue
      try {
        const opened = await orUndefined(pathOf(file, real))
        if (opened !== undefined && isInside(realRoots, opened)) return await readAll(file, maxBytes, signal)
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

/** Returns the path of an open file. Linux reports it; elsewhere `path` is resolved again and must lead to the same file, else undefined. */
async function pathOf (file: FileHandle, path: string): Promise<string | undefined> {
  if (process.platform === 'linux') return await readlink(`/proc/self/fd/${file.fd}`)
  const now = await realpath(path)
  const [there, here] = await Promise.all([stat(now, { bigint: true }), file.stat({ bigint: true })])
  return there.dev === here.dev && there.ino === here.ino ? now : undefined
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
