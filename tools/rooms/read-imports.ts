import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import ts from 'typescript'

/** A source file. */
export interface SourceText {
  /** Path from the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

/** Files that each file imports, types included. */
export type Imports = ReadonlyMap<string, readonly string[]>

/** Reads the TypeScript files below these folders of `root`. */
export const readSources = (root: string, folders: readonly string[]): SourceText[] => folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts'))
    .map((path) => {
      const full = posix.join(folder, path.replaceAll('\\', '/'))
      return { path: full, text: readFileSync(join(root, full), 'utf8') }
    }))

/** Returns the files that each file imports by a relative path, in the order of its imports. */
export function readImports (sources: readonly SourceText[]): Imports {
  return new Map(sources.map(({ path, text }) => [
    path,
    ts.preProcessFile(text, true, true).importedFiles
      .filter(({ fileName }) => fileName.startsWith('.'))
      .map(({ fileName }) => posix.join(dirname(path), fileName))
  ]))
}
