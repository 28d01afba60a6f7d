import { readFile, rm } from 'node:fs/promises'
import type { SourceFile } from '../models/card.ts'
import { orMissing } from '../system/errno.ts'
import { storing } from './fetch-failure.ts'
import { storeFile } from './receive-file.ts'
import type { Requested } from './requested.ts'
import { pinPath, sourcePath } from './store-layout.ts'

/**
 * A file with the sha256 that it must have. Where the card has none, that is the pinned one (trust on first use): the first copy that
 * became a graph, so that the vectors of a model do not change unnoticed. `remove` forgets it.
 */
export async function requestedOf (folder: string, file: SourceFile): Promise<Requested> {
  return { file, target: sourcePath(folder, file), sha256: file.sha256 ?? await readPin(folder, file) }
}

/** Pins `sha256` where the card has none: the file has become a graph, so it is not damaged. @throws {StorageError} */
export async function pin (folder: string, file: SourceFile, sha256: string): Promise<void> {
  if (file.sha256 === undefined) await storeFile(pinPath(folder, file), `${sha256}\n`)
}

/** Removes the store's copy of a file that could not be converted, unless its sha256 is the known one. @throws {StorageError} */
export async function discard (folder: string, file: SourceFile): Promise<void> {
  const { target, sha256 } = await requestedOf(folder, file)
  if (sha256 === undefined) await storing(() => rm(target, { force: true }))
}

async function readPin (folder: string, file: SourceFile): Promise<string | undefined> {
  const text = await storing(() => orMissing(readFile(pinPath(folder, file), 'utf8')))
  return text?.trim() || undefined
}
