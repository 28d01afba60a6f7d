import { readFile, rm } from 'node:fs/promises'
import type { SourceFile } from '../models/card.ts'
import { storing } from './failure.ts'
import { pinPath, sourcePath } from './layout.ts'
import { orMissing } from './missing.ts'
import { writeAtomic } from './receive.ts'
import type { Wanted } from './wanted.ts'

/**
 * Trust on first use, for files whose sha256 nobody tells: the first copy that is had is kept to from then on, so that the vectors of
 * a model do not change behind its user's back. `remove` forgets it.
 */
export async function wantedOf (folder: string, file: SourceFile): Promise<Wanted> {
  return { file, target: sourcePath(folder, file), sha256: file.sha256 ?? await readPin(folder, file) }
}

/** Keeps to `sha256` from now on, where the card tells none: it has become a graph, so it is what it should be. @throws {StorageError} */
export async function pin (folder: string, file: SourceFile, sha256: string): Promise<void> {
  if (file.sha256 === undefined) await writeAtomic(pinPath(folder, file), `${sha256}\n`)
}

/** Removes the store's copy of a file that became no graph, unless its sha256 says that it is right. @throws {StorageError} */
export async function discard (folder: string, file: SourceFile): Promise<void> {
  const { target, sha256 } = await wantedOf(folder, file)
  if (sha256 === undefined) await storing(() => rm(target, { force: true }))
}

async function readPin (folder: string, file: SourceFile): Promise<string | undefined> {
  const text = await storing(() => orMissing(readFile(pinPath(folder, file), 'utf8')))
  return text?.trim() || undefined
}
