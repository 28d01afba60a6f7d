import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { FaceError } from '../../src/errors.ts'

/** Faces found on each photo, by its path, and the time it took. */
export interface PhotoResults<Face> {
  readonly faces: ReadonlyMap<string, readonly Face[]>
  /** Time from the first photo to the last, in milliseconds. */
  readonly ms: number
}

/** Reports progress. */
export type OnPhoto = (done: number, of: number) => void

/**
 * Calls `run` on the bytes of each photo once, `atOnce` photos at a time. A photo without a face has an empty list.
 * @throws {UsageError} when a photo cannot be read or decoded; whatever else `run` throws.
 */
export async function runOnPhotos<Face> (
  folder: string,
  photos: readonly string[],
  atOnce: number,
  run: (bytes: Uint8Array) => Promise<readonly Face[]>,
  onPhoto: OnPhoto = () => {}
): Promise<PhotoResults<Face>> {
  const faces = new Map<string, readonly Face[]>()
  const waiting = photos.values()
  const start = performance.now()
  await Promise.all(Array.from({ length: atOnce }, async () => {
    // All loops share one iterator: each photo goes to the loop that is free first.
    for (const photo of waiting) {
      const bytes = await readPhoto(join(folder, photo))
      faces.set(photo, await run(bytes).catch(noFaces(photo)))
      onPhoto(faces.size, photos.length)
    }
  }))
  return { faces, ms: performance.now() - start }
}

/** Photos on which no face was found. */
export const photosWithoutFaces = ({ faces }: PhotoResults<unknown>): string[] => [...faces].flatMap(([photo, found]) => found.length === 0 ? [photo] : [])

/**
 * Finds the folder of a list's photos: the list's own folder or its parent, or a folder in either that has one of the usual names of a
 * copy of LFW.
 * @throws {UsageError} when none of them has the first photo of the list.
 */
export function findPhotoFolder (list: string, [first]: readonly string[], exists: (path: string) => boolean = existsSync): string {
  const beside = [dirname(list), dirname(dirname(list))]
  const candidates = beside.flatMap((folder) => [folder, ...COPIES.map((name) => join(folder, name))])
  const found = candidates.find((folder) => first !== undefined && exists(join(folder, first)))
  if (found === undefined) throw new UsageError(`There is no photo ${first} beside ${list}. Say where the photos are: --photos <folder>.`)
  return found
}

/** Names of the folder of LFW's photos: as packed by its authors, deep-funneled, funneled, and other common ones. */
const COPIES = ['lfw', 'lfw-deepfunneled', 'lfw-deepfunneled/lfw-deepfunneled', 'lfw_funneled', 'images', 'photos']

async function readPhoto (path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new UsageError(`The photo ${path} cannot be read.`, { cause })
  }
}

/** Returns no faces when none was detected; names the photo in the error when it cannot be decoded. */
const noFaces = (photo: string) => (error: unknown): never[] => {
  if (error instanceof FaceError && error.code === 'no_face_detected') return []
  if (error instanceof FaceError && error.code === 'image_decode_error') throw new UsageError(`${photo}: ${error.message}`, { cause: error })
  throw error
}
