import { readdir, readFile, rm, rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Conversion } from '../converter/conversion.ts'
import type { Card, Edition } from '../models/card.ts'
import { orMissing } from '../system/errno.ts'
import { sha256OfFile, sha256OfJson } from '../system/sha256.ts'
import { editionsOf, filesOf } from './editions.ts'
import { storing } from './fetch-failure.ts'
import { storeFile } from './receive-file.ts'
import { graphPath, leftovers, partialPaths, pinPath, recordPath, sourcePath } from './store-layout.ts'

/** Turns published files into the graph that is run. */
export interface Converter {
  /** Increases whenever the same files would yield another graph. Graphs of another version are made again. */
  readonly version: number
  /** Returns the ONNX file made from `files`, paths by published name. @throws {Error} when they cannot be converted. */
  readonly convert: (conversion: Conversion, files: ReadonlyMap<string, string>, signal: AbortSignal) => Promise<Uint8Array>
}

/** Content of the JSON file beside a graph. */
interface GraphRecord {
  /** Hash of the graph. */
  readonly sha256: string
  /** Hashes of the published files that the graph was made from, in the order of their edition. */
  readonly sources: readonly string[]
  readonly converterVersion: number
  /** sha256 of the card's conversion. */
  readonly conversion: string
}

/** Builds the record of a graph, without the graph's own hash. `sources`: hashes of the files used. */
const recipe = ({ conversion }: Edition, sources: readonly string[], { version }: Converter): Omit<GraphRecord, 'sha256'> => ({
  sources,
  converterVersion: version,
  conversion: sha256OfJson(conversion)
})

export type GraphState =
  /** There is no graph, or none with a record. */
  | { readonly state: 'missing' }
  /** It was made from other files, by another converter or with another conversion. */
  | { readonly state: 'stale' }
  /** Its record is up to date and says that the graph has this hash. */
  | { readonly state: 'current', readonly sha256: string }

/**
 * Returns a text that changes whenever a graph or its record is replaced: inode, size and mtime of both. A graph that was verified need not
 * be read again while its stamps stay the same.
 * @throws {StorageError}
 */
export async function graphStamps (folder: string, card: Card): Promise<string> {
  const stats = await storing(() => Promise.all([graphPath(folder, card), recordPath(folder, card)].map((path) => orMissing(stat(path)))))
  return stats.map((stats) => `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`).join()
}

/** Compares the record of a graph with its card and the converter, without reading the graph. @throws {StorageError} */
export async function readGraphState (folder: string, card: Card, converter: Converter): Promise<GraphState> {
  return await storing(async () => {
    const isThere = await orMissing(stat(graphPath(folder, card)))
    const text = await orMissing(readFile(recordPath(folder, card), 'utf8'))
    if (!isThere || text === undefined) return { state: 'missing' as const }
    const record = parseRecord(text)
    const isCurrent = record && editionsOf(card).some((edition) => {
      // Where the card has no sha256, any file may have been used.
      const sources = edition.files.map(({ sha256 }, i) => sha256 ?? record.sources?.[i] ?? '')
      return isDeepStrictEqual(record, { sha256: record.sha256, ...recipe(edition, sources, converter) })
    })
    return isCurrent ? { state: 'current' as const, sha256: record.sha256 } : { state: 'stale' as const }
  })
}

/** Whether the graph has the given hash; reads all of it. @throws {StorageError} */
export const isWhole = async (folder: string, card: Card, sha256: string): Promise<boolean> =>
  await storing(() => sha256OfFile(graphPath(folder, card))) === sha256

/** Writes a graph, then its record. In this order, because a graph without a record is made again. @throws {StorageError} */
export async function writeGraph (
  folder: string, card: Card, edition: Edition, sources: readonly string[], converter: Converter, graph: Uint8Array
): Promise<void> {
  const path = graphPath(folder, card)
  await storeFile(path, graph)
  const record: GraphRecord = { sha256: await storing(() => sha256OfFile(path)), ...recipe(edition, sources, converter) }
  await storeFile(recordPath(folder, card), `${JSON.stringify(record, null, 2)}\n`)
}

/**
 * Removes the graph of `card`, and those of its published files, with their pins, that no other card of `cards` needs. Files outside the
 * store's layout belong to the user and stay.
 * @throws {StorageError}
 */
export async function removeGraph (folder: string, card: Card, cards: readonly Card[]): Promise<void> {
  const shared = new Set(cards.filter(({ name }) => name !== card.name).flatMap((card) => filesOf(card).map((file) => sourcePath(folder, file))))
  await storing(async () => {
    await rm(recordPath(folder, card), { force: true })
    await rm(graphPath(folder, card), { force: true })
    for (const file of filesOf(card)) {
      const path = sourcePath(folder, file)
      if (shared.has(path)) continue
      for (const part of [path, pinPath(folder, file), partialPaths(path).npm, ...leftovers(path)]) await rm(part, { force: true })
      if ((await orMissing(readdir(dirname(path))))?.length === 0) await rmdir(dirname(path))
    }
  })
}

/** Parses a record; undefined when it is damaged. */
function parseRecord (text: string): GraphRecord | undefined {
  try {
    const record = JSON.parse(text)
    return typeof record?.sha256 === 'string' ? record : undefined
  } catch {
    return undefined
  }
}
