import { readFile, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { Card } from '../models/card.ts'
import { storing } from './failure.ts'
import { sha256Of, sha256OfJson } from './hash.ts'
import { graphPath, recordPath, sourcePath } from './layout.ts'
import { orMissing } from './missing.ts'
import { writeAtomic } from './receive.ts'

/** What turns published files into the graph that is run. */
export interface Converter {
  /** Raised whenever the same files would give another graph: graphs of another version are made anew. */
  readonly version: number
  /** `files`: paths by published name. @throws {Error} when they cannot be converted. */
  readonly convert: (card: Card, files: ReadonlyMap<string, string>, signal: AbortSignal) => Promise<Uint8Array>
}

/** What lies beside a graph. */
interface GraphRecord {
  /** Of the graph. */
  readonly sha256: string
  /** Of the published files, in the card's order. */
  readonly sources: readonly string[]
  readonly converterVersion: number
  /** sha256 of the card's conversion. */
  readonly conversion: string
}

/** What the record of a current graph of `card` must say, but for the graph's own hash. */
const recipe = (card: Card, { version }: Converter): Omit<GraphRecord, 'sha256'> => ({
  sources: card.files.map(({ sha256 }) => sha256),
  converterVersion: version,
  conversion: sha256OfJson(card.conversion)
})

/** none: there is none; stale: it was made in another way; here: it was made in this way, and `sha256` is what it should have. */
export type GraphState = { readonly state: 'none' | 'stale' } | { readonly state: 'here', readonly sha256: string, readonly size: number, readonly mtimeMs: number }

/** Looks at the graph of a card without reading it. @throws {StorageError} */
export async function lookAtGraph (folder: string, card: Card, converter: Converter): Promise<GraphState> {
  return await storing(async () => {
    const stats = await orMissing(stat(graphPath(folder, card)))
    const text = await orMissing(readFile(recordPath(folder, card), 'utf8'))
    if (!stats || text === undefined) return { state: 'none' as const }
    const record = parse(text)
    if (!record || !isDeepStrictEqual(record, { sha256: record.sha256, ...recipe(card, converter) })) return { state: 'stale' as const }
    return { state: 'here' as const, sha256: record.sha256, size: stats.size, mtimeMs: stats.mtimeMs }
  })
}

/** Whether the graph is, byte by byte, the one that was written. @throws {StorageError} */
export const isWhole = async (folder: string, card: Card, sha256: string): Promise<boolean> =>
  await storing(() => sha256Of(graphPath(folder, card))) === sha256

/** Writes a graph and what it was made from. The record comes last: a graph without its record is made again. @throws {StorageError} */
export async function writeGraph (folder: string, card: Card, converter: Converter, graph: Uint8Array): Promise<void> {
  const path = graphPath(folder, card)
  await writeAtomic(path, graph)
  const record: GraphRecord = { sha256: await storing(() => sha256Of(path)), ...recipe(card, converter) }
  await writeAtomic(recordPath(folder, card), `${JSON.stringify(record, null, 2)}\n`)
}

/** Removes the graph of `card` and those of its published files that none of `cards` shares. @throws {StorageError} */
export async function removeGraph (folder: string, card: Card, cards: readonly Card[]): Promise<void> {
  const shared = new Set(cards.filter(({ name }) => name !== card.name).flatMap(({ files }) => files.map(({ sha256 }) => sha256)))
  await storing(async () => {
    await rm(recordPath(folder, card), { force: true })
    await rm(graphPath(folder, card), { force: true })
    for (const file of card.files.filter(({ sha256 }) => !shared.has(sha256))) {
      await rm(dirname(sourcePath(folder, file)), { recursive: true, force: true })
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
