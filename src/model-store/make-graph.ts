import type { Card, Edition } from '../models/card.ts'
import { editionsOf } from './editions.ts'
import { FetchError } from './fetch-failure.ts'
import type { LocalFile } from './file-request.ts'
import { type Converter, writeGraph } from './graph-files.ts'
import { pin } from './pins.ts'
import { type Fetcher, isNearby, isThere } from './sources.ts'
import type { StoreContext } from './store-context.ts'
import { sourcePath } from './store-layout.ts'

/** An edition with its published files, in the same order. */
interface FetchedEdition {
  readonly edition: Edition
  readonly files: readonly LocalFile[]
}

/**
 * Makes and writes the graph of a card: from the edition whose files are on this machine, else from the first that can be fetched.
 * @param patience milliseconds until the first byte, over all editions.
 * @throws {FetchError} when it cannot be fetched; an AggregateError of FetchErrors when there are several editions.
 * @throws {StorageError}; errors of `converter`; the signal's reason.
 */
export async function makeGraph (
  context: StoreContext, fetcher: Fetcher, converter: Converter, card: Card, patience: number, signal: AbortSignal
): Promise<Uint8Array> {
  const { folder } = context
  const { edition, files } = await fetchEdition(context, fetcher, card, patience, signal)
  const graph = await converter.convert(edition.conversion, new Map(edition.files.map(({ name }, i) => [name, files[i]!.path])), signal)
  for (const [i, file] of edition.files.entries()) await pin(folder, file, files[i]!.sha256)
  await writeGraph(folder, card, edition, files.map(({ sha256 }) => sha256), converter, graph)
  return graph
}

/** Whether the published files of an edition seem to be on this machine, so that the graph can be made without a network. */
export async function isAtHand (context: StoreContext, card: Card): Promise<boolean> {
  return (await editionsAtHand(context, editionsOf(card))).length > 0
}

async function fetchEdition (
  context: StoreContext, fetcher: Fetcher, card: Card, patience: number, signal: AbortSignal
): Promise<FetchedEdition> {
  const all = editionsOf(card)
  const first = all.length > 1 ? await editionsAtHand(context, all) : []
  const inOrder = [...new Set([...first, ...all])]
  const failures: FetchError[] = []
  const end = performance.now() + patience
  for (const [i, edition] of inOrder.entries()) {
    const share = Math.max(1, (end - performance.now()) / (inOrder.length - i))
    try {
      return { edition, files: await Promise.all(edition.files.map((file) => fetcher.fetch(file, share, signal))) }
    } catch (error) {
      if (!(error instanceof FetchError)) throw error
      failures.push(error)
    }
  }
  throw failures.length === 1 ? failures[0]! : new AggregateError(failures)
}

async function editionsAtHand (context: StoreContext, editions: readonly Edition[]): Promise<Edition[]> {
  const areAtHand = await Promise.all(editions.map(async ({ files }) => {
    const found = await Promise.all(files.map(async (file) => await isThere(file, sourcePath(context.folder, file)) || await isNearby(context, file)))
    return found.every(Boolean)
  }))
  return editions.filter((_, i) => areAtHand[i])
}
