import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { UsageError } from '../../src/commands/usage-error.ts'

/** Photos of one person, by their paths. */
export interface Album<Photos extends readonly string[] = readonly [string, string, ...string[]]> {
  readonly person: string
  readonly photos: Photos
}

const PHOTO = /\.(jpe?g|png|webp|bmp)$/i

/** Paths of the photos that lie in a folder, in order of name. @throws {Error} what reading the folder throws. */
export const photosIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder)).filter((name) => PHOTO.test(name)).sort().map((name) => join(folder, name))

/** Names of the folders in a folder, in order. @throws {UsageError} when it cannot be read. */
export async function foldersIn (folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
    .catch((cause: Error) => { throw new UsageError(`The folder cannot be read: ${cause.message}`, { cause }) })
  return entries.flatMap((entry) => entry.isDirectory() ? [entry.name] : []).sort()
}

/** The same for people with one photo and more. @throws {UsageError} when there is none. */
export async function readEverybody (folder: string): Promise<Array<Album<readonly [string, ...string[]]>>> {
  const albums = await Promise.all((await foldersIn(folder)).map(async (person) => ({ person, photos: await photosIn(join(folder, person)) })))
  const people = albums.flatMap(({ person, photos: [first, ...others] }) => first === undefined ? [] : [{ person, photos: [first, ...others] as const }])
  if (people.length === 0) throw new UsageError(`${folder} has no folder with a photo of one person.`)
  return people
}

/**
 * Returns the people of a folder that holds a folder of photos for each, as Labeled Faces in the Wild is packed: in order of name, at
 * most `most`, and only those with two or more photos.
 * @throws {UsageError} when there is none.
 */
export async function readAlbums (folder: string, most: number): Promise<Album[]> {
  const albums: Album[] = []
  for (const person of await foldersIn(folder)) {
    if (albums.length >= most) break
    const [first, second, ...others] = await photosIn(join(folder, person))
    if (first !== undefined && second !== undefined) albums.push({ person, photos: [first, second, ...others] })
  }
  if (albums.length === 0) throw new UsageError(`${folder} has no folder with two photos of one person and more.`)
  return albums
}
