import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from '../models/card.ts'
import { sha256OfFile } from '../system/sha256.ts'
import type { FileRequest, LocalFile } from './file-request.ts'
import { mirrorNames } from './store-layout.ts'

export interface FolderSearch {
  readonly match?: LocalFile
  /** Paths of files with the name but other bytes; empty when there is a match. */
  readonly mismatches: readonly string[]
}

/**
 * Searches `folder` and its subfolders for a copy of a published file, by its published names; links to folders are not followed. The
 * sha256 decides; where it is not known, the first file with the name is taken.
 * @throws the file system's error, ENOENT when the folder does not exist.
 */
export async function findInFolder (
  folder: string, { file, sha256 }: Pick<FileRequest, 'file' | 'sha256'>, signal: AbortSignal
): Promise<FolderSearch> {
  const candidates = await candidatesIn(folder, file)
  for (const path of candidates) {
    const { size } = await stat(path)
    if (file.bytes !== undefined && size !== file.bytes) continue
    const actual = await sha256OfFile(path, signal)
    if (sha256 === undefined || actual === sha256) return { match: { path, sha256: actual }, mismatches: [] }
  }
  return { mismatches: candidates }
}

/** Whether `folder` holds a file of the right name and size; nothing is read. @throws the file system's error. */
export async function mayBeInFolder (folder: string, file: SourceFile): Promise<boolean> {
  const sizes = await Promise.all((await candidatesIn(folder, file)).map(async (path) => (await stat(path)).size))
  return sizes.some((size) => file.bytes === undefined || size === file.bytes)
}

async function candidatesIn (folder: string, file: SourceFile): Promise<string[]> {
  const names = new Set(mirrorNames(file))
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => names.has(entry.name) && (entry.isFile() || entry.isSymbolicLink())).map((entry) => join(entry.parentPath, entry.name))
}
