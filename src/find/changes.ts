import { yieldToLoop } from '../system/async.ts'
import type { PhotoList } from './list-photos.ts'
import { type ListedPhoto, type Photo, sameStamp } from './photo.ts'

/** How a folder differs from its index. */
export interface Changes {
  /** Photos that are new or look different. */
  readonly changed: readonly ListedPhoto[]
  /** Paths of photos that are no longer there. */
  readonly gone: readonly string[]
}

/** What a scan saw that `indexed` does not say. Where a folder could not be looked at, its photos count as they were. */
export async function changesSince (indexed: ReadonlyMap<string, Photo>, { photos, unread }: PhotoList): Promise<Changes> {
  const here = new Set<string>()
  const changed: ListedPhoto[] = []
  for (const found of photos) {
    here.add(found.path)
    const photo = indexed.get(found.path)
    if (!photo || !sameStamp(photo, found)) changed.push(found)
    await yieldToLoop(here.size)
  }
  const gone = [...indexed.keys()].filter((path) => !here.has(path) && !unread.some(({ folder }) => path.startsWith(folder)))
  return { changed, gone }
}
