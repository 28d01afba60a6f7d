import { resolve } from 'node:path'
import { cwd, env } from 'node:process'
import type { Options as NpmOptions } from 'pacote'
import { type FaceError, shuttingDown } from '../errors.ts'
import type { Card } from '../models/card.ts'
import { cards as catalogue } from '../models/catalogue.ts'
import { partsOf } from '../models/model-files.ts'
import type { ModelStatus } from '../models/model-status.ts'
import { unlessAborted } from '../system/async.ts'
import { matchFiles } from './adopt.ts'
import { describeCard, describeCards, type CardState } from './card-status.ts'
import { inWorker } from './convert-in-thread.ts'
import { FetchError, MismatchError, offline, otherThanFirst, refusedLicence, unavailable } from './fetch-failure.ts'
import { type Converter, isWhole, lookAtGraph, looksOf, removeGraph } from './graphs.ts'
import { isAtHand, makeGraph } from './make-graph.ts'
import { withLock } from './model-lock.ts'
import { npmOptions } from './npmrc.ts'
import { discard, requestedOf } from './pins.ts'
import { createFetcher, once } from './sources.ts'
import type { ProgressSink, StoreContext, StoreLog } from './store-context.ts'
import { graphPath } from './store-layout.ts'

export interface ModelStoreOptions {
  /** MODELS_PATH: where published files and graphs are kept. Made when it is not there. */
  readonly folder: string
  /** MODELS_MIRROR: a folder or an http(s) URL that is asked before the other sources. */
  readonly mirror?: string | undefined
  /** Folders of the user that may hold published files already, such as DeepFace's own. They are used from there, and never written to. */
  readonly nearby?: readonly string[]
  /** MODELS_OFFLINE: nothing is fetched over the network; a mirror that is a folder still serves. */
  readonly offline: boolean
  /** MODEL_LICENSES: `commercial` refuses cards whose licence does not permit commercial use. */
  readonly licences: 'any' | 'commercial'
  readonly log: StoreLog
  readonly progress?: ProgressSink
  /** Default: `src/converter/convert.ts` in a worker thread. */
  readonly converter?: Converter
  /** Default: the catalogue. */
  readonly cards?: readonly Card[]
  /** Default: what npm's own configuration says. */
  readonly npm?: NpmOptions
  /** Longest silence in the middle of a download, in milliseconds. */
  readonly idleMs?: number
  /** How long a failure answers for a model before it is tried again, in milliseconds. */
  readonly failureMs?: number
}

export interface EnsureOptions {
  /** Ends the wait of this caller; the download goes on for the next one. */
  readonly signal?: AbortSignal
  /**
   * Milliseconds until the first byte of a download, over all its sources. The default suits a request that waits for the
   * answer; a start or a command has more (`START_PATIENCE`).
   */
  readonly patience?: number
}

/** Patience of a request, and of somebody who starts the service on a slow line, in milliseconds. */
const REQUEST_PATIENCE = 4_500
export const START_PATIENCE = 60_000

/** Keeps the weights: fetches them from their authors, verifies them, makes the graphs that are run. */
export interface ModelStore {
  /**
   * Path of the graph of `card`, or of the file where it is used as it is; verified, and fetched and converted when that has not
   * been done yet. Of a model of several parts each is asked for by itself (`partsOf`); all other methods mean the model as a whole.
   * @throws {FaceError} model_unavailable; service_unavailable after `close`; the reason of `signal`.
   */
  ensure: (card: Card, options?: EnsureOptions) => Promise<string>
  /** Whether MODEL_LICENSES permits the model. */
  permits: (card: Card) => boolean
  /** Of each published file of a model: its sha256, of a file that was pinned on first use as it was then; undefined where it is still to come. */
  hashes: (card: Card) => Promise<Array<string | undefined>>
  /** How a model stands, without reading or fetching it. */
  statusOf: (card: Card) => Promise<ModelStatus>
  /** Every name of the contract, and the attribute models. */
  status: () => Promise<ModelStatus[]>
  /** Reads the graphs of `card` from disk once more: whether they are there and what was written. */
  verify: (card: Card) => Promise<boolean>
  /**
   * Makes the graphs of `card` from published files that the user has, and keeps copies of them. Returns the path of the first.
   * @throws {FaceError} model_unavailable when they are not the card's files, or cannot be read or converted.
   */
  adopt: (card: Card, paths: readonly string[]) => Promise<string>
  /** Removes the graphs of `card` and the published files that no other card needs. */
  remove: (card: Card) => Promise<void>
  /** Stops downloads and waits until nothing is written any more. */
  close: () => Promise<void>
}

export function openModelStore (options: ModelStoreOptions): ModelStore {
  const { offline: isOffline, licences, log, progress = () => {}, converter = inWorker, cards = catalogue, failureMs = 10_000 } = options
  const units = cards.flatMap(partsOf)
  const allowed = ({ licence }: Card): boolean => licences === 'any' || licence.commercial
  const closing = new AbortController()
  const context: StoreContext = {
    folder: resolve(options.folder),
    mirror: options.mirror,
    // Weights that were put into the store's folder by hand may lie anywhere in it.
    nearby: [resolve(options.folder), ...options.nearby ?? []],
    offline: isOffline,
    log,
    progress,
    npm: options.npm ?? npmOptions(env, cwd()),
    cards: units.filter(allowed),
    idleMs: options.idleMs ?? 30_000
  }
  const { folder } = context
  const fetcher = createFetcher(context)
  const running = new Map<string, Promise<string>>()
  /** Graphs that this process has read whole, by the card's name: what they and their records looked like then. */
  const verified = new Map<string, string>()
  const failures = new Map<string, { readonly error: FaceError, readonly until: number }>()

  return {
    async ensure (card, { signal, patience = REQUEST_PATIENCE } = {}) {
      closing.signal.throwIfAborted()
      signal?.throwIfAborted()
      if (!allowed(card)) throw refusedLicence(card)
      return await unlessAborted(once(running, card.name, () => ensure(card, patience)), signal)
    },
    permits: allowed,
    hashes: async (card) => await Promise.all(partsOf(card).flatMap(({ files }) => files).map(async (file) => (await requestedOf(folder, file)).sha256)),
    statusOf: async (card) => describeCard(card, await stateOf(card)),
    status: () => describeCards(cards, stateOf),
    async verify (card) {
      const whole = await Promise.all(partsOf(card).map(async (part) => {
        const graph = await lookAtGraph(folder, part, converter)
        return graph.state === 'here' && await isWhole(folder, part, graph.sha256)
      }))
      return whole.every(Boolean)
    },
    async adopt (card, paths) {
      if (!allowed(card)) throw refusedLicence(card)
      const files = await matchFiles(card, paths, closing.signal)
      try {
        for (const [file, path] of files) await fetcher.take(file, path, closing.signal)
      } catch (error) {
        throw error instanceof MismatchError ? otherThanFirst(card) : unavailable(card, error)
      }
      const parts = partsOf(card)
      for (const { name } of parts) failures.delete(name)
      try {
        const made = await Promise.all(parts.map((part) => once(running, part.name, () => ensure(part, REQUEST_PATIENCE))))
        return made[0]!
      } catch (error) {
        // Else the next fetch would find it and go no further.
        for (const file of files.keys()) await discard(folder, file)
        throw error
      }
    },
    async remove (card) {
      const own = new Set(partsOf(card).map(({ name }) => name))
      const others = units.filter(({ name }) => !own.has(name))
      for (const part of partsOf(card)) {
        verified.delete(part.name)
        await withLock(graphPath(folder, part), closing.signal, () => removeGraph(folder, part, others))
      }
    },
    async close () {
      closing.abort(shuttingDown())
      await Promise.allSettled(running.values())
    }
  }

  async function ensure (card: Card, patience: number): Promise<string> {
    const failed = failures.get(card.name)
    if (failed && performance.now() < failed.until) throw failed.error
    try {
      if (!await isReady(card)) await withLock(graphPath(folder, card), closing.signal, (signal) => make(card, patience, signal))
      failures.delete(card.name)
      return graphPath(folder, card)
    } catch (cause) {
      if (closing.signal.aborted) throw closing.signal.reason
      const error = isOffline && (cause instanceof FetchError || cause instanceof AggregateError) ? offline(card) : unavailable(card, cause)
      log.warn({ err: cause, model: card.name }, error.message)
      failures.set(card.name, { error, until: performance.now() + failureMs })
      throw error
    }
  }

  async function isReady (card: Card): Promise<boolean> {
    const looks = await looksOf(folder, card)
    if (verified.get(card.name) === looks) return true
    const graph = await lookAtGraph(folder, card, converter)
    if (graph.state !== 'here') return false
    if (!await isWhole(folder, card, graph.sha256)) {
      log.warn({ model: card.name }, `the graph of ${card.name} is damaged and is made again`)
      return false
    }
    verified.set(card.name, looks)
    return true
  }

  async function make (card: Card, patience: number, signal: AbortSignal): Promise<void> {
    // Another process may have made it while this one waited for the lock.
    if (await isReady(card)) return
    const graph = await makeGraph(context, fetcher, converter, card, patience, signal)
    log.info({ model: card.name, bytes: graph.length }, `${card.name} is ready`)
  }

  async function stateOf (card: Card): Promise<CardState> {
    if (!allowed(card)) return { state: 'unavailable', reason: refusedLicence(card).message }
    const states = await Promise.all(partsOf(card).map(stateOfPart))
    return states.find(({ state }) => state === 'unavailable') ?? states.find(({ state }) => state === 'downloadable') ?? { state: 'ready' }
  }

  async function stateOfPart (part: Card): Promise<CardState> {
    const { state } = await lookAtGraph(folder, part, converter)
    if (state === 'here') return { state: 'ready' }
    if (!isOffline || await isAtHand(context, part)) return { state: 'downloadable' }
    return { state: 'unavailable', reason: offline(part).message }
  }
}
