import { resolve } from 'node:path'
import type { Options as NpmOptions } from 'pacote'
import { shuttingDown } from '../errors.ts'
import type { Card } from '../models/card.ts'
import { cards as catalogue } from '../models/catalogue.ts'
import { partsOf } from '../models/model-files.ts'
import type { ModelStatus } from '../models/model-status.ts'
import { unlessAborted } from '../system/async.ts'
import { matchFiles } from './adopt.ts'
import { describeCard, describeCards, type CardState } from './card-status.ts'
import { threadConverter } from './convert-in-thread.ts'
import { differsFromFirst, MismatchError, offline, refusedLicence, unavailable } from './fetch-failure.ts'
import type { Converter } from './graph-files.ts'
import { createGraphStore } from './graph-store.ts'
import { isAtHand } from './make-graph.ts'
import { discard, requestFor } from './pins.ts'
import { createFetcher } from './sources.ts'
import type { ProgressSink, StoreContext, StoreLog } from './store-context.ts'

export interface ModelStoreOptions {
  /** MODELS_PATH: folder of published files and graphs. Created when it does not exist. */
  readonly folder: string
  /** MODELS_MIRROR: a folder or an http(s) URL that is tried before the other sources. */
  readonly mirror?: string | undefined
  /** Folders of the user that may hold published files, such as DeepFace's own. Files are used in place and never written to. */
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
  /** Options for pacote, such as those of `npmOptions`. Default: pacote's own, with npm's public registry. */
  readonly npm?: NpmOptions
  /** Longest silence within a download, in milliseconds. */
  readonly idleMs?: number
  /** Time during which a failure is returned again, without another attempt. Milliseconds. */
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

/** Patience of a request, and of a start or command that may run on a slow line, in milliseconds. */
const REQUEST_PATIENCE = 4_500
export const START_PATIENCE = 60_000

/** Keeps weights: fetches published files from their authors, verifies them and makes the graphs that are run. */
export interface ModelStore {
  /**
   * Returns the path of the graph of `card`, or of its file where that is used unconverted. It is verified, and fetched and converted
   * first where necessary. The parts of a model are ensured one by one (`partsOf`); all other methods refer to the model as a whole.
   * @throws {FaceError} model_unavailable; service_unavailable after `close`; the reason of `signal`.
   */
  ensure: (card: Card, options?: EnsureOptions) => Promise<string>
  /** Whether MODEL_LICENSES permits the model. */
  permits: (card: Card) => boolean
  /** Returns the sha256 of each published file of a model: the card's, else the pinned one; undefined before the first copy is pinned. */
  hashes: (card: Card) => Promise<Array<string | undefined>>
  /** Returns the state of a model, without reading or fetching it. */
  statusOf: (card: Card) => Promise<ModelStatus>
  /** Returns the state of every model the API names, and of those with other names. */
  status: () => Promise<ModelStatus[]>
  /** Reads the graphs of `card` from disk. True when they are up to date and undamaged. */
  verify: (card: Card) => Promise<boolean>
  /**
   * Makes the graphs of `card` from published files that the user has, and keeps copies of the files. Returns the path of the first graph.
   * @throws {FaceError} model_unavailable when they are not the card's files, or cannot be read or converted.
   */
  adopt: (card: Card, paths: readonly string[]) => Promise<string>
  /** Removes the graphs of `card` and the published files that no other card needs. */
  remove: (card: Card) => Promise<void>
  /** Stops downloads and waits until nothing is written any more. */
  close: () => Promise<void>
}

/**
 * Opens the store of weights in a folder. Nothing is fetched before the first call.
 *
 * @example
 * const store = openModelStore({ folder: 'onnx-models', offline: false, licences: 'any', log })
 * const path = await store.ensure(cardNamed('SFace'))
 * await store.close()
 */
export function openModelStore (options: ModelStoreOptions): ModelStore {
  const { licences, converter = threadConverter, cards = catalogue, failureMs = 10_000 } = options
  const folder = resolve(options.folder)
  const permits = ({ licence }: Card): boolean => licences === 'any' || licence.commercial
  const parts = cards.flatMap(partsOf)
  const context: StoreContext = {
    folder,
    mirror: options.mirror,
    // Files that the user put into the store's folder may lie anywhere in it.
    nearby: [folder, ...options.nearby ?? []],
    offline: options.offline,
    log: options.log,
    progress: options.progress ?? (() => {}),
    npm: options.npm ?? {},
    cards: parts.filter(permits),
    idleMs: options.idleMs ?? 30_000
  }
  const closing = new AbortController()
  const fetcher = createFetcher(context)
  const graphs = createGraphStore(context, { fetcher, converter, failureMs, signal: closing.signal })

  return {
    async ensure (card, { signal, patience = REQUEST_PATIENCE } = {}) {
      closing.signal.throwIfAborted()
      signal?.throwIfAborted()
      if (!permits(card)) throw refusedLicence(card)
      return await unlessAborted(graphs.ensure(card, patience), signal)
    },
    permits,
    hashes: async (card) => {
      const files = partsOf(card).flatMap(({ files }) => files)
      return await Promise.all(files.map(async (file) => (await requestFor(folder, file)).sha256))
    },
    statusOf: async (card) => describeCard(card, await stateOf(card)),
    status: () => describeCards(cards, stateOf),
    verify: async (card) => (await Promise.all(partsOf(card).map(graphs.verify))).every(Boolean),
    async adopt (card, paths) {
      if (!permits(card)) throw refusedLicence(card)
      const files = await matchFiles(card, paths, closing.signal)
      try {
        for (const [file, path] of files) await fetcher.adopt(file, path, closing.signal)
      } catch (error) {
        throw error instanceof MismatchError ? differsFromFirst(card) : unavailable(card, error)
      }
      partsOf(card).forEach(graphs.forgetFailure)
      try {
        const [path] = await Promise.all(partsOf(card).map((part) => graphs.ensure(part, REQUEST_PATIENCE)))
        return path!
      } catch (error) {
        // Otherwise the next `ensure` would take the same files and fail again.
        for (const file of files.keys()) await discard(folder, file)
        throw error
      }
    },
    async remove (card) {
      const own = new Set(partsOf(card).map(({ name }) => name))
      const others = parts.filter(({ name }) => !own.has(name))
      for (const part of partsOf(card)) await graphs.remove(part, others)
    },
    async close () {
      closing.abort(shuttingDown())
      await graphs.settled()
    }
  }

  async function stateOf (card: Card): Promise<CardState> {
    if (!permits(card)) return { state: 'unavailable', reason: refusedLicence(card).message }
    const states = await Promise.all(partsOf(card).map(stateOfPart))
    return states.find(({ state }) => state === 'unavailable') ?? states.find(({ state }) => state === 'downloadable') ?? { state: 'ready' }
  }

  async function stateOfPart (part: Card): Promise<CardState> {
    const { state } = await graphs.state(part)
    if (state === 'current') return { state: 'ready' }
    if (!context.offline || await isAtHand(context, part)) return { state: 'downloadable' }
    return { state: 'unavailable', reason: offline(part).message }
  }
}
