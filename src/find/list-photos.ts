import { readdir, realpath, stat } from 'node:fs/promises'
import { eachLimit } from '../system/async.ts'
import { isErrno } from '../system/errno.ts'
import { countLeftOut, type LinkProblem } from './left-out.ts'
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
  /** Sentences about photos that are left out by their kind or place. */
  readonly leftOut: readonly string[]
}

/** Returns the path of a photo or folder below `root` as bytes for system calls. */
export const bytesOf = (root: string, path: string): Buffer => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, 'latin1')])

/**
 * Lists all photos below `root`, which must be a real path. Nothing is opened: a folder costs one listing, a photo one stat.
 *
 * Left out: hidden files and folders (a leading dot; the index lies in one), everything except regular files, symbolic links that leave
 * the root, and files that vanish meanwhile. Links to photos inside count as photos. Links to folders are not followed, because their
 * photos are found at their own place. `leftOut` reports links that lead elsewhere, and files and folders whose owner may miss them.
 * @throws the system's error when the root itself cannot be listed, or is gone after the listing; the reason of `signal`.
 */
export async function listPhotos (root: string, signal: AbortSignal): Promise<PhotoList> {
  const photos: ListedPhoto[] = []
  const unread: Array<{ path: string, cause: unknown }> = []
  const leftOut = countLeftOut()
  const inside = Buffer.from(`${root}/`)
  let level = ['']
  while (level.length > 0) {
    const below: string[] = []
    await eachLimit(level, FOLDERS, async (folder) => {
      signal.throwIfAborted()
      const { folders, files, links } = await listFolder(folder)
      below.push(...folders)
      const others = files.filter((path) => !PHOTO.test(path))
      const unknown = others.filter((path) => !leftOut.file(path))
      if (unknown[0] !== undefined && others.length === files.length && folders.length + links.length === 0) leftOut.folder(unknown[0])
      await eachLimit(files.filter((path) => PHOTO.test(path)), FILES, statPhoto)
      await eachLimit(links, FILES, followLink)
    })
    level = below
  }
  // Otherwise a folder that was removed during the listing would seem to be empty.
  await stat(root)
  return { photos, unread, leftOut: leftOut.sentences() }

  /** Returns the paths in a folder, without hidden ones; folders end with a slash. */
  async function listFolder (folder: string): Promise<{ folders: string[], files: string[], links: string[] }> {
    const [folders, files, links]: [string[], string[], string[]] = [[], [], []]
    for (const entry of await entriesOf(folder)) {
      const name = entry.name.toString('latin1')
      if (name.startsWith('.')) continue
      if (entry.isDirectory()) folders.push(`${folder}${name}/`)
      else (entry.isSymbolicLink() ? links : files).push(`${folder}${name}`)
    }
    return { folders, files, links }
  }

  async function entriesOf (folder: string) {
    try {
      return await readdir(bytesOf(root, folder), { encoding: 'buffer', withFileTypes: true })
    } catch (error) {
      if (folder === '') throw error
      if (!isErrno(error, 'ENOENT', 'ENOTDIR')) unread.push({ path: folder, cause: error })
      return []
    }
  }

  async function statPhoto (path: string): Promise<void> {
    try {
      const stats = await stat(bytesOf(root, path))
      if (stats.isFile()) photos.push({ path, ...stampOf(stats) })
    } catch (error) {
      if (!isErrno(error, 'ENOENT', 'ENOTDIR')) unread.push({ path, cause: error })
    }
  }

  /** Takes a link to a photo inside as a photo; reports a link that leads elsewhere than to something that is listed at its own place. */
  async function followLink (path: string): Promise<void> {
    try {
      const target = await realpath(bytesOf(root, path), 'buffer')
      const isInside = target.subarray(0, inside.length).equals(inside)
      const isFolder = (await stat(target)).isDirectory()
      if (PHOTO.test(path) && isInside && !isFolder) return await statPhoto(path)
      const problem = isFolder ? folderLinkProblem(path, target, isInside) : isInside ? undefined : 'outside'
      if (problem && (isFolder || PHOTO.test(path) || PHOTO.test(target.toString('latin1')))) leftOut.link(problem, path)
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR')) leftOut.link('dangling', path)
      else if (isErrno(error, 'ELOOP')) leftOut.link('circle', path)
      else unread.push({ path, cause: error })
    }
  }

  function folderLinkProblem (path: string, target: Buffer, isInside: boolean): LinkProblem | undefined {
    if (bytesOf(root, path).toString('latin1').startsWith(`${target.toString('latin1')}/`)) return 'circle'
    if (!isInside) return 'outside'
    return target.subarray(inside.length).toString('latin1').split('/').some((name) => name.startsWith('.')) ? 'hidden' : undefined
  }
}
