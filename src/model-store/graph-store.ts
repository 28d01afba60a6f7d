import type { FaceError } from '../errors.ts'
import type { Card } from '../models/card.ts'
import { FetchError, offline, unavailable } from './fetch-failure.ts'
import { type Converter, type GraphState, graphStamps, isWhole, readGraphState, removeGraph } from './graph-files.ts'
import { makeGraph } from './make-graph.ts'
import { withLock } from './model-lock.ts'
import { once, type Fetcher } from './sources.ts'
import type { StoreContext } from './store-context.ts'
import { graphPath } from './store-layout.ts'

export interface GraphStoreOptions {
  readonly fetcher: Fetcher
  readonly converter: Converter
  /** Time during which a failure is returned again, without another attempt. Milliseconds. */
  readonly failureMs: number
  /** Ends everything that runs. */
  readonly signal: AbortSignal
}

/** Verifies, makes and removes graphs. Each card here stands for one graph: a part of a model, see `partsOf`. */
export interface GraphStore {
  /**
   * Returns the path of the graph, after verifying it or making it anew. Concurrent calls for one card share one attempt.
   * @param patience milliseconds until the first byte of a download, over all sources.
   * @throws {FaceError} model_unavailable; the reason of `signal`.
   */
  ensure: (card: Card, patience: number) => Promise<string>
  /** Forgets the last failure of a card, so that `ensure` tries again at once. */
  forgetFailure: (card: Card) => void
  /** Reads the record of a graph, but not the graph. @throws {StorageError} */
  state: (card: Card) => Promise<GraphState>
  /** Whether the graph is up to date and its bytes are those that were written. @throws {StorageError} */
  verify: (card: Card) => Promise<boolean>
  /** Removes a graph and the published files that none of `others` needs. @throws {StorageError}; the reason of `signal`. */
  remove: (card: Card, others: readonly Card[]) => Promise<void>
  /** Waits for the calls of `ensure` that run. */
  settled: () => Promise<unknown>
}

export function createGraphStore (context: StoreContext, { fetcher, converter, failureMs, signal }: GraphStoreOptions): GraphStore {
  const { folder, log } = context
  const running = new Map<string, Promise<string>>()
  /** Stamps of the graphs that this process has read and found whole, by the card's name. */
  const verified = new Map<string, string>()
  const failures = new Map<string, { readonly error: FaceError, readonly until: number }>()

  return {
    ensure: (card, patience) => once(running, card.name, () => ensure(card, patience)),
    forgetFailure (card) {
      failures.delete(card.name)
    },
    state: (card) => readGraphState(folder, card, converter),
    async verify (card) {
      const graph = await readGraphState(folder, card, converter)
      return graph.state === 'current' && await isWhole(folder, card, graph.sha256)
    },
    async remove (card, others) {
      verified.delete(card.name)
      await withLock(graphPath(folder, card), signal, () => removeGraph(folder, card, others))
    },
    settled: () => Promise.allSettled(running.values())
  }

  async function ensure (card: Card, patience: number): Promise<string> {
    const failed = failures.get(card.name)
    if (failed && performance.now() < failed.until) throw failed.error
    try {
      if (!await isReady(card)) await withLock(graphPath(folder, card), signal, (held) => make(card, patience, held))
      failures.delete(card.name)
      return graphPath(folder, card)
    } catch (cause) {
      if (signal.aborted) throw signal.reason
      const isUnfetched = cause instanceof FetchError || cause instanceof AggregateError
      const error = context.offline && isUnfetched ? offline(card) : unavailable(card, cause)
      log.warn({ err: cause, model: card.name }, error.message)
      failures.set(card.name, { error, until: performance.now() + failureMs })
      throw error
    }
  }

  async function isReady (card: Card): Promise<boolean> {
    const stamps = await graphStamps(folder, card)
    if (verified.get(card.name) === stamps) return true
    const graph = await readGraphState(folder, card, converter)
    if (graph.state !== 'current') return false
    if (!await isWhole(folder, card, graph.sha256)) {
      log.warn({ model: card.name }, `the graph of ${card.name} is damaged and is made again`)
      return false
    }
    verified.set(card.name, stamps)
    return true
  }

  async function make (card: Card, patience: number, held: AbortSignal): Promise<void> {
    // Another process may have made it while this one waited for the lock.
    if (await isReady(card)) return
    const graph = await makeGraph(context, fetcher, converter, card, patience, held)
    log.info({ model: card.name, bytes: graph.length }, `${card.name} is ready`)
  }
}
