import { readFile, rm } from 'node:fs/promises'
import type { SourceFile } from '../models/card.ts'
import { orMissing } from '../system/errno.ts'
import { storing } from './fetch-failure.ts'
import type { FileRequest } from './file-request.ts'
import { storeFile } from './receive-file.ts'
import { pinPath, sourcePath } from './store-layout.ts'

/**
 * Returns the request for a file, with the sha256 that it must have. Where the card has none, this is the pinned one (trust on first use):
 * that of the first copy that became a graph, so that the vectors of a model do not change unnoticed. Removing the model forgets it.
 */
export async function requestFor (folder: string, file: SourceFile): Promise<FileRequest> {
  return { file, target: sourcePath(folder, file), sha256: file.sha256 ?? await readPin(folder, file) }
}

/** Pins `sha256` where the card has none. Call it when the file became a graph, and so is not damaged. @throws {StorageError} */
export async function pin (folder: string, file: SourceFile, sha256: string): Promise<void> {
  if (file.sha256 === undefined) await storeFile(pinPath(folder, file), `${sha256}\n`)
}

/** Removes the store's copy of a file that could not be converted, unless its sha256 is known. @throws {StorageError} */
export async function discard (folder: string, file: SourceFile): Promise<void> {
  const { target, sha256 } = await requestFor(folder, file)
  if (sha256 === undefined) await storing(() => rm(target, { force: true }))
}

async function readPin (folder: string, file: SourceFile): Promise<string | undefined> {
  const text = await storing(() => orMissing(readFile(pinPath(folder, file), 'utf8')))
  return text?.trim() || undefined
}
