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

/** What turns published files into the graph that is run. */
export interface Converter {
  /** Raised whenever the same files would give another graph: graphs of another version are made anew. */
  readonly version: number
  /** The ONNX file made from `files`, paths by published name. @throws {Error} when they cannot be converted. */
  readonly convert: (conversion: Conversion, files: ReadonlyMap<string, string>, signal: AbortSignal) => Promise<Uint8Array>
}

/** What lies beside a graph. */
interface GraphRecord {
  /** Of the graph. */
  readonly sha256: string
  /** Of the published files that it was made from, in the order of their edition. */
  readonly sources: readonly string[]
  readonly converterVersion: number
  /** sha256 of the card's conversion. */
  readonly conversion: string
}

/** What the record of a current graph must say, but for the graph's own hash. `sources`: as they were found. */
const recipe = ({ conversion }: Edition, sources: readonly string[], { version }: Converter): Omit<GraphRecord, 'sha256'> => ({
  sources,
  converterVersion: version,
  conversion: sha256OfJson(conversion)
})

/** none: there is none; stale: it was made in another way; here: it was made in this way, and `sha256` is what it should have. */
export type GraphState = { readonly state: 'none' | 'stale' } | { readonly state: 'here', readonly sha256: string }

/** What changes whenever a graph or its record does: enough to know those again that were read whole. @throws {StorageError} */
export async function looksOf (folder: string, card: Card): Promise<string> {
  const stats = await storing(() => Promise.all([graphPath(folder, card), recordPath(folder, card)].map((path) => orMissing(stat(path)))))
  return stats.map((stats) => `${stats?.ino} ${stats?.size} ${stats?.mtimeMs}`).join()
}

/** Looks at the graph of a card without reading it. @throws {StorageError} */
export async function lookAtGraph (folder: string, card: Card, converter: Converter): Promise<GraphState> {
  return await storing(async () => {
    const isThere = await orMissing(stat(graphPath(folder, card)))
    const text = await orMissing(readFile(recordPath(folder, card), 'utf8'))
    if (!isThere || text === undefined) return { state: 'none' as const }
    const record = parse(text)
    const isCurrent = record && editionsOf(card).some((edition) => {
      // Of a file that the card tells no sha256 of, the one that was used.
      const sources = edition.files.map(({ sha256 }, i) => sha256 ?? record.sources?.[i] ?? '')
      return isDeepStrictEqual(record, { sha256: record.sha256, ...recipe(edition, sources, converter) })
    })
    return isCurrent ? { state: 'here' as const, sha256: record.sha256 } : { state: 'stale' as const }
  })
}

/** Whether the graph is, byte by byte, the one that was written. @throws {StorageError} */
export const isWhole = async (folder: string, card: Card, sha256: string): Promise<boolean> =>
  await storing(() => sha256OfFile(graphPath(folder, card))) === sha256

/** Writes a graph and what it was made from. The record comes last: a graph without its record is made again. @throws {StorageError} */
export async function writeGraph (folder: string, card: Card, edition: Edition, sources: readonly string[], converter: Converter, graph: Uint8Array): Promise<void> {
  const path = graphPath(folder, card)
  await storeFile(path, graph)
  const record: GraphRecord = { sha256: await storing(() => sha256OfFile(path)), ...recipe(edition, sources, converter) }
  await storeFile(recordPath(folder, card), `${JSON.stringify(record, null, 2)}\n`)
}

/**
 * Removes the graph of `card` and those of its published files, with their pins, that none of `cards` shares. What lies elsewhere
 * than the store puts it is the user's and stays.
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

/** A record that cannot be read is no record. */
function parse (text: string): GraphRecord | undefined {
  try {
    const record = JSON.parse(text)
    return typeof record?.sha256 === 'string' ? record : undefined
  } catch {
    return undefined
  }
}
