import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { FaceError } from '../../src/errors.ts'

/** What was found on each photo, by its path, and what it cost. */
export interface Seen<Face> {
  readonly faces: ReadonlyMap<string, readonly Face[]>
  /** From the first photo to the last, in milliseconds. */
  readonly ms: number
}

/** How far a run is. */
export type OnPhoto = (done: number, of: number) => void

/**
 * Looks at each photo once, `atOnce` at a time. A photo on which `look` finds no face is listed without faces.
 * @throws {UsageError} when a photo cannot be read; whatever else `look` throws.
 */
export async function runOnPhotos<Face> (folder: string, photos: readonly string[], atOnce: number, run: (bytes: Uint8Array) => Promise<readonly Face[]>, onPhoto: OnPhoto = () => {}): Promise<Seen<Face>> {
  const faces = new Map<string, readonly Face[]>()
  const waiting = photos.values()
  const start = performance.now()
  await Promise.all(Array.from({ length: atOnce }, async () => {
    // One iterator for all: each photo goes to whoever is free first.
    for (const photo of waiting) {
      const bytes = await readPhoto(join(folder, photo))
      faces.set(photo, await run(bytes).catch(orNobody(photo)))
      onPhoto(faces.size, photos.length)
    }
  }))
  return { faces, ms: performance.now() - start }
}

/** Photos on which no face was found. */
export const faceless = ({ faces }: Seen<unknown>): string[] => [...faces].flatMap(([photo, found]) => found.length === 0 ? [photo] : [])

/**
 * The folder that holds the photos of a list: the list's own, or one beside or above it under a name that copies of LFW have.
 * @throws {UsageError} when none of them has the list's first photo.
 */
export function findFolder (list: string, [first]: readonly string[], exists: (path: string) => boolean = existsSync): string {
  const beside = [dirname(list), dirname(dirname(list))]
  const candidates = beside.flatMap((folder) => [folder, ...COPIES.map((name) => join(folder, name))])
  const found = candidates.find((folder) => first !== undefined && exists(join(folder, first)))
  if (found === undefined) throw new UsageError(`There is no photo ${first} beside ${list}. Say where the photos are: --photos <folder>.`)
  return found
}

/** Names of the folder of LFW's photos: as packed by its authors, deep-funneled, funneled, and what people call it. */
const COPIES = ['lfw', 'lfw-deepfunneled', 'lfw-deepfunneled/lfw-deepfunneled', 'lfw_funneled', 'images', 'photos']

async function readPhoto (path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (cause) {
    throw new UsageError(`The photo ${path} cannot be read.`, { cause })
  }
}

/** No face is an answer; a picture that cannot be decoded is named. */
const orNobody = (photo: string) => (error: unknown): never[] => {
  if (error instanceof FaceError && error.code === 'no_face_detected') return []
  if (error instanceof FaceError && error.code === 'image_decode_error') throw new UsageError(`${photo}: ${error.message}`, { cause: error })
  throw error
}
