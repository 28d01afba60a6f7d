import { join } from 'node:path'
import { foldersIn, photosIn } from './albums.ts'
import { parseName } from './utkface.ts'

/** Photos by their paths, with the name of the person on each. */
export type LabelledPhotos = ReadonlyMap<string, string>

/**
 * Returns the photos of a folder: where it holds photos named as in UTKFace, these, each of another person; else those in the folders of people,
 * and in folders in these, as Labeled Faces in the Wild and Celebrities in Frontal-Profile are packed.
 * @param below age in years that people must not have reached, where the names tell it.
 * @throws {UsageError} when the folder cannot be read.
 */
export async function readLabelled (folder: string, below: number): Promise<LabelledPhotos> {
  const people = await foldersIn(folder)
  const single = (await photosIn(folder)).filter((path) => (parseName(path.slice(folder.length).replace(/^[\\/]/, ''))?.age ?? Infinity) < below)
  const albums = await Promise.all(people.map(async (person) => {
    const own = join(folder, person)
    const folders = [own, ...(await foldersIn(own)).map((name) => join(own, name))]
    return (await Promise.all(folders.map(photosIn))).flat().map((path) => [path, person] as const)
  }))
  return new Map([...single.map((path) => [path, path] as const), ...albums.flat()])
}
