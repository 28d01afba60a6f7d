import { yieldToLoop } from '../system/async.ts'
import type { PhotoList } from './list-photos.ts'
import { type ListedPhoto, type Photo, sameStamp } from './photo.ts'

/** Differences between a folder and its index. */
export interface Changes {
  /** Photos that are new or have another stamp. */
  readonly changed: readonly ListedPhoto[]
  /** Paths of photos that no longer exist. */
  readonly gone: readonly string[]
}

/** Compares a listing of the folder with the indexed photos. Photos below a folder that could not be read count as unchanged. */
export async function changesSince (indexed: ReadonlyMap<string, Photo>, { photos, unread }: PhotoList): Promise<Changes> {
  const listedPaths = new Set<string>()
  const changed: ListedPhoto[] = []
  for (const listed of photos) {
    listedPaths.add(listed.path)
    const photo = indexed.get(listed.path)
    if (!photo || !sameStamp(photo, listed)) changed.push(listed)
    await yieldToLoop(listedPaths.size)
  }
  const unreadPaths = new Set(unread.map(({ path }) => path))
  const gone: string[] = []
  for (const path of indexed.keys()) {
    if (!listedPaths.has(path) && !withFolders(path).some((part) => unreadPaths.has(part))) gone.push(path)
  }
  return { changed, gone }
}

/** Returns a path and the folders that it lies in, each with a slash at its end. */
const withFolders = (path: string): string[] => [path, ...[...path.matchAll(/\//g)].map(({ index }) => path.slice(0, index + 1))]
