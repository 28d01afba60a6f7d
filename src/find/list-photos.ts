import { readdir, realpath, stat } from 'node:fs/promises'
import { eachLimit } from '../system/async.ts'
import { isErrno } from '../system/errno.ts'
import { type ListedPhoto, stampOf } from './photo.ts'

/** Names that may be photos. Whether they are is for the decoder to say; this keeps it from reading videos and notes. */
const PHOTO = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp)$/i

/** Folders and files looked at together. libuv has four threads for this; more would only keep others from them. */
const FOLDERS = 2
const FILES = 4

export interface PhotoList {
  readonly photos: ListedPhoto[]
  /** Folders and photos below the root that could not be looked at, in the form of `Found.path`; folders with a slash at the end. */
  readonly unread: ReadonlyArray<{ readonly folder: string, readonly cause: unknown }>
}

/** The path of a photo or folder below `root`, as the bytes that system calls want. */
export const bytesOf = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')])

/**
 * All photos below `root`, which must be a real path. Nothing is opened: a folder costs one listing, a photo one stat.
 *
 * Left out: hidden files and folders (a leading dot; the index lives in one), what is no regular file, and symbolic links that
 * leave the root. Links to photos inside count as photos; links to folders are not followed, because what they show is found at its own place.
 * What vanishes while we look is left out too.
 * @throws the system's error when the root itself cannot be listed.
 */
export async function listPhotos (root: string, signal: AbortSignal): Promise<PhotoList> {
  const photos: ListedPhoto[] = []
  const unread: Array<{ folder: string, cause: unknown }> = []
  const inside = Buffer.from(`${root}/`)
  let level = ['']
  while (level.length > 0) {
    const below: string[] = []
    await eachLimit(level, FOLDERS, async (folder) => {
      signal.throwIfAborted()
      const names: string[] = []
      const links = new Set<string>()
      for (const entry of await list(folder)) {
        const name = entry.name.toString('latin1')
        if (name.startsWith('.')) continue
        if (entry.isDirectory()) below.push(`${folder}${name}/`)
        else if (PHOTO.test(name)) names.push(`${folder}${name}`)
        if (entry.isSymbolicLink()) links.add(`${folder}${name}`)
      }
      await eachLimit(names, FILES, async (path) => {
        const photo = await look(path, links.has(path))
        if (photo) photos.push(photo)
      })
    })
    level = below
  }
  return { photos, unread }

  async function list (folder: string) {
    try {
      return await readdir(bytesOf(root, folder), { encoding: 'buffer', withFileTypes: true })
    } catch (error) {
      if (folder === '') throw error
      if (!isErrno(error, 'ENOENT', 'ENOTDIR')) unread.push({ folder, cause: error })
      return []
    }
  }

  async function look (path: string, link: boolean): Promise<ListedPhoto | undefined> {
    try {
      const bytes = bytesOf(root, path)
      if (link && !(await realpath(bytes, 'buffer')).subarray(0, inside.length).equals(inside)) return undefined
      const seen = await stat(bytes)
      return seen.isFile() ? { path, ...stampOf(seen) } : undefined
    } catch (error) {
      // Gone since the listing, a link to nowhere, or a circle of links.
      if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) unread.push({ folder: path, cause: error })
      return undefined
    }
  }
}
