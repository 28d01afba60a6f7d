import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'
import { EMOTIONS, type Emotion } from '../../src/names.ts'
import { parseName, type Person } from './utkface.ts'

/** Photos of a folder, by their path in it, with what they show. */
export type PhotoSet =
  | { readonly kind: 'people', readonly photos: ReadonlyMap<string, Person> }
  | { readonly kind: 'emotions', readonly photos: ReadonlyMap<string, Emotion> }

/**
 * Reads a folder of photos named as in UTKFace, or a folder that holds a folder of photos for each emotion, as FER-2013 is unpacked.
 * @throws {UsageError} when it is neither.
 */
export async function readPhotoSet (folder: string): Promise<PhotoSet> {
  const names = await list(folder)
  const shown = EMOTIONS.filter((emotion) => names.includes(emotion))
  if (shown.length > 0) {
    const photos = await Promise.all(shown.map(async (emotion) => (await list(join(folder, emotion))).map((name) => [join(emotion, name), emotion] as const)))
    return { kind: 'emotions', photos: new Map(photos.flat()) }
  }
  const people = names.flatMap((name): Array<[string, Person]> => {
    const person = parseName(name)
    return person ? [[name, person]] : []
  })
  if (people.length === 0) throw new UsageError(`${folder} holds neither photos named as UTKFace names them (25_0_1_20170116.jpg) nor folders named after emotions.`)
  return { kind: 'people', photos: new Map(people) }
}

const list = async (folder: string): Promise<string[]> => {
  const names = await readdir(folder).catch((cause: Error) => { throw new UsageError(`The folder cannot be read: ${cause.message}`, { cause }) })
  return names.filter((name) => !name.startsWith('.')).sort()
}
