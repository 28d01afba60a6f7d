import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { SourceFile } from '../models/card.ts'
import { sha256OfFile } from '../system/sha256.ts'
import type { LocalFile, Requested } from './requested.ts'
import { mirrorNames } from './store-layout.ts'

/**
 * A copy of a wanted file anywhere below `folder`, by its published names; links to folders are not followed. The sha256 decides;
 * of a file without one, the first copy. Undefined when there is none; `others` then are those with the name but not the bytes.
 * @throws the file system's error, ENOENT when there is no such folder.
 */
export async function findBelow (folder: string, { file, sha256 }: Pick<Requested, 'file' | 'sha256'>, signal: AbortSignal): Promise<{ readonly found?: LocalFile, readonly others: readonly string[] }> {
  const candidates = await candidatesBelow(folder, file)
  for (const path of candidates) {
    const { size } = await stat(path)
    if (file.bytes !== undefined && size !== file.bytes) continue
    const actual = await sha256OfFile(path, signal)
    if (sha256 === undefined || actual === sha256) return { found: { path, sha256: actual }, others: [] }
  }
  return { others: candidates }
}

/** Whether `findBelow` has something to read: by name and size, without reading it. @throws the file system's error. */
export async function mayBeBelow (folder: string, file: SourceFile): Promise<boolean> {
  const sizes = await Promise.all((await candidatesBelow(folder, file)).map(async (path) => (await stat(path)).size))
  return sizes.some((size) => file.bytes === undefined || size === file.bytes)
}

async function candidatesBelow (folder: string, file: SourceFile): Promise<string[]> {
  const names = new Set(mirrorNames(file))
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => names.has(entry.name) && (entry.isFile() || entry.isSymbolicLink())).map((entry) => join(entry.parentPath, entry.name))
}
