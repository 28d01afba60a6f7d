import { readdir, realpath, stat } from 'node:fs/promises'
import { eachLimit } from '../system/async.ts'
import { isErrno } from '../system/errno.ts'
import { type ListedPhoto, stampOf } from './photo.ts'

/** File names that may be photos. The decoder decides; the pattern only avoids reading videos and notes. */
const PHOTO = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|bmp)$/i

/** Folders and files processed at a time. libuv has four threads for this; more would only keep others from them. */
const FOLDERS = 2
const FILES = 4

export interface PhotoList {
  readonly photos: ListedPhoto[]
  /** Folders and photos below the root that could not be read. `path` has the form of `ListedPhoto.path`; folders end with a slash. */
  readonly unread: ReadonlyArray<{ readonly path: string, readonly cause: unknown }>
}

/** Returns the path of a photo or folder below `root` as bytes for system calls. */
export const bytesOf = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')])

/**
 * Lists all photos below `root`, which must be a real path. Nothing is opened: a folder costs one listing, a photo one stat.
 *
 * Left out: hidden files and folders (a leading dot; the index lies in one), everything except regular files, symbolic links that leave
 * the root, and files that vanish meanwhile. Links to photos inside count as photos. Links to folders are not followed, because their
 * photos are found at their own place.
 * @throws the system's error when the root itself cannot be listed; the reason of `signal`.
 */
export async function listPhotos (root: string, signal: AbortSignal): Promise<PhotoList> {
  const photos: ListedPhoto[] = []
  const unread: Array<{ path: string, cause: unknown }> = []
  const inside = Buffer.from(`${root}/`)
  let level = ['']
  while (level.length > 0) {
    const below: string[] = []
    await eachLimit(level, FOLDERS, async (folder) => {
      signal.throwIfAborted()
      const paths: string[] = []
      const links = new Set<string>()
      for (const entry of await listFolder(folder)) {
        const name = entry.name.toString('latin1')
        if (name.startsWith('.')) continue
        if (entry.isDirectory()) below.push(`${folder}${name}/`)
        else if (PHOTO.test(name)) paths.push(`${folder}${name}`)
        if (entry.isSymbolicLink()) links.add(`${folder}${name}`)
      }
      await eachLimit(paths, FILES, async (path) => {
        const photo = await statPhoto(path, links.has(path))
        if (photo) photos.push(photo)
      })
    })
    level = below
  }
  return { photos, unread }

  async function listFolder (folder: string) {
    try {
      return await readdir(bytesOf(root, folder), { encoding: 'buffer', withFileTypes: true })
    } catch (error) {
      if (folder === '') throw error
      if (!isErrno(error, 'ENOENT', 'ENOTDIR')) unread.push({ path: folder, cause: error })
      return []
    }
  }

  async function statPhoto (path: string, isLink: boolean): Promise<ListedPhoto | undefined> {
    try {
      const bytes = bytesOf(root, path)
      if (isLink && !(await realpath(bytes, 'buffer')).subarray(0, inside.length).equals(inside)) return undefined
      const stats = await stat(bytes)
      return stats.isFile() ? { path, ...stampOf(stats) } : undefined
    } catch (error) {
      // Removed since the listing, a link to nothing, or a circle of links.
      if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'ELOOP')) unread.push({ path, cause: error })
      return undefined
    }
  }
}
