import { extname } from 'node:path'
import { engineFailed, FaceError, validationError } from '../errors.ts'
import { attributeCards } from '../models/attribute-cards.ts'
import type { Card } from '../models/card.ts'
import { cardNamed } from '../models/catalogue.ts'
import { cardsFor, landmarkCard, detectorCard, turnedCard } from '../models/detector-cards.ts'
import { partsOf } from '../models/model-files.ts'
import { recogniserCard } from '../models/recogniser-cards.ts'
import type { Action, DetectorName, Pipeline } from '../names.ts'
import { foundFace } from '../pipelines/found-face.ts'
import type { AnalyzedFace, DetectOptions } from '../pipelines/contract.ts'
import { needsMesh } from '../pipelines/native/traits.ts'
import { claimOf, memoryBudget, release } from '../system/memory-budget.ts'
import { createPool, type Pool, type PoolLog, type RunOptions } from '../system/worker-pool.ts'
import type { EngineOperations, ImageTask, ModelFile, WorkerOwn, WorkerSetup } from './engine-tasks.ts'
import type { FaceEngine } from './face-engine.ts'
import type { CacheLimits } from './model-cache.ts'

/** Where the engine gets its graphs from; the model store is one. */
export interface GraphSource {
  /**
   * Returns the path of a graph or file (a part of a model is a card of its own), fetched and converted when it is not there.
   * @throws {FaceError} model_unavailable.
   */
  ensure: (card: Card, options?: { patience?: number }) => Promise<string>
  /** Whether the licence of a model is permitted. */
  permits: (card: Card) => boolean
  /** sha256 of each published file of a model; undefined for a file that has not been fetched and whose author publishes no hash. */
  hashes: (card: Card) => Promise<ReadonlyArray<string | undefined>>
}

/** Name of the card that finds the landmarks of `detector`'s faces, among those whose licence `store` permits; undefined when none is needed. */
export const landmarkModel = (store: GraphSource, detector: DetectorName, pipeline: Pipeline): string | undefined =>
  landmarkCard(detector, pipeline, (name) => store.permits(cardNamed(name)))

/**
 * Fetches all files that a model consists of.
 * @throws {FaceError} model_unavailable.
 *
 * @example
 * const file = await ensureModel(store, cardNamed('SFace'))
 */
export async function ensureModel (store: GraphSource, card: Card, options?: { patience?: number }): Promise<ModelFile> {
  const [path, ...others] = await Promise.all(partsOf(card).map((part) => store.ensure(part, options)))
  const names = Object.keys(card.parts ?? {})
  return { name: card.name, path: path!, parts: Object.fromEntries(names.map((name, i) => [name, others[i]!])) }
}

export interface EngineOptions {
  readonly store: GraphSource
  readonly workers: number
  /** Intra-op threads of each worker. */
  readonly threads: number
  readonly queueLimit: number
  /** Whether the native pipeline also searches the picture rotated by 90°, 180° and 270°. */
  readonly detectRotated?: boolean
  /** A CUDA device; −1 is the CPU; `auto` is the first CUDA device where its libraries load, else the CPU. */
  readonly gpuDevice: number | 'auto'
  readonly maxImagePixels: number
  /** Bytes for the pictures that are in work, of all workers together. Default: as many as they take. */
  readonly pictureMemory?: number
  /** Bytes for large runs of networks, of all workers together. Default: as many as they take. */
  readonly runMemory?: number
  /** Whether networks keep the memory of a run for the next one: faster, but a worker takes more. Default: true. */
  readonly keepsMemory?: boolean
  /** Limits of each worker's open models. */
  readonly limits: CacheLimits
  /** Names of the models to open before the engine is ready. */
  readonly preload: readonly string[]
  /**
   * Milliseconds that the sources of a model of `preload` have until the first byte. Without it, they have the short time of a request,
   * although at a start nobody waits for an answer.
   */
  readonly preloadPatience?: number
  readonly log: PoolLog & { info: (object: object, message: string) => void }
}

/** Name of the card that checks liveness, in both pipelines. */
export const ANTI_SPOOFING = 'MiniFASNet'
/** Name of the card that finds the points from which `include` is told: the one with a network of expressions. */
const MESH = 'face-landmarker'

/** The worker's file is beside this one, .ts when run from source and .js when compiled. */
const ENTRY = new URL(`./engine-thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Opens the engine: fetches the models of `preload` and those that turned faces and `include` need beside them, starts the workers and waits until each has
 * opened and warmed those of `preload`.
 * @throws {FaceError} model_unavailable when a model of `preload` is not available; deepface_error when a worker cannot start, for
 * example because CUDA was asked for and its libraries are not there.
 */
export async function openEngine (options: EngineOptions): Promise<FaceEngine> {
  const { store, workers, detectRotated = false, preloadPatience, log } = options
  const waiting = preloadPatience === undefined ? {} : { patience: preloadPatience }
  const cards = options.preload.map(cardNamed)
  const beside = cards.flatMap((card) => card.task === 'detection' && card.turned ? [card.turned, MESH] : [])
  const [preload] = await Promise.all([
    Promise.all(cards.map((card) => ensureModel(store, card, waiting))),
    // Most requests do not need these: they are fetched, but not opened.
    Promise.all(beside.map((name) => ensureModel(store, cardNamed(name), waiting)))
  ])
  const preloaded = new Map(preload.map((file) => [file.name, file]))
  const { pool, gpuDevice } = await startPool(options, preload)
  const provider = gpuDevice < 0 ? 'cpu' : 'cuda'
  log.info({ provider, workers, threads: options.threads, models: options.preload }, 'the engine is ready')

  /** The files of a model. A preloaded one stays open and needs no further check; any other may have to be opened again, from whole files. */
  const fileOf = async (name: string): Promise<ModelFile> => preloaded.get(name) ?? await ensureModel(store, cardNamed(name))

  /** The model that estimates ages; undefined where it cannot be had. */
  const ageModel = (): Promise<ModelFile | undefined> => fileOf(attributeCards('native', ['age'])[0]!).catch(unlessUnavailable)

  /** The models that find faces and tell what is asked about each. @throws {FaceError} validation_error, model_unavailable. */
  async function prepare ({ detector, pipeline, antiSpoofing, include = [] }: DetectOptions): Promise<Omit<ImageTask, 'image'>> {
    if (include.length > 0 && pipeline === 'deepface') throw validationError([{ field: 'include', msg: 'is not available in the deepface pipeline' }])
    const names = [
      detector === 'skip' ? undefined : detectorCard(detector, pipeline),
      landmarkModel(store, detector, pipeline),
      turnedCard(detector, pipeline),
      antiSpoofing || include.includes('liveness') ? ANTI_SPOOFING : undefined,
      needsMesh(include) ? MESH : undefined
    ]
    const [own, landmarks, turned, spoofs, mesh] = await Promise.all(names.map((name) => name === undefined ? undefined : fileOf(name)))
    return { detector: own, landmarks, turned, antiSpoofing: spoofs, mesh }
  }

  return {
    provider,
    workers,
    async detect (image, options, call) {
      const models = await prepare(options)
      return await pool.run('detect', [{ image, ...models, options }], transferring(image, call))
    },
    async represent (image, options, call) {
      const [models, recogniser, ages] = await Promise.all([
        prepare(options), fileOf(recogniserCard(options.model, options.pipeline)), options.ages && options.pipeline === 'native' ? ageModel() : undefined
      ])
      return await pool.run('represent', [{ image, ...models, recogniser, ages, options }], transferring(image, call))
    },
    async analyze (image, options, call) {
      const names = attributeCards(options.pipeline, options.actions)
      const [models, ...attributes] = await Promise.all([prepare(options), ...names.map((name) => fileOf(name))])
      const faces = await pool.run('analyze', [{ image, ...models, attributes, options }], transferring(image, call))
      return faces.map((face) => answersTo(face, options.actions))
    },
    async ages (image, faces, { expandPercentage }, call) {
      const found = faces.map((face) => foundFace(face, expandPercentage))
      const model = await ageModel()
      return model && (await pool.run('ages', [{ image, model, faces: found }], transferring(image, call))).map(({ age }) => age)
    },
    async extract (image, options, call) {
      const models = await prepare(options)
      return await pool.run('extract', [{ image, ...models, options }], transferring(image, call))
    },
    async fingerprint ({ model, detector, pipeline }) {
      const names = [...cardsFor({ model, detector, pipeline }), landmarkModel(store, detector, pipeline) ?? [], turnedCard(detector, pipeline) ?? []].flat()
      const hashes = await Promise.all(names.map((name) => store.hashes(cardNamed(name))))
      return { weights: hashes.flat(), rotated: detector !== 'skip' && pipeline === 'native' && detectRotated }
    },
    search: (request, call) => pool.run('search', [request], call),
    missing: () => pool.alive() > 0 ? [] : ['No worker is running.'],
    load: () => ({ workers: pool.alive(), busy: pool.running(), waiting: pool.waiting() }),
    close: () => pool.close()
  }
}

type EnginePool = Pool<EngineOperations>

/** Starts the pool on the device that was asked for. Only `auto` may end on another device than the first one tried, and the log says so. */
async function startPool (options: EngineOptions, preload: readonly ModelFile[]): Promise<{ pool: EnginePool, gpuDevice: number }> {
  const { gpuDevice, log } = options
  if (gpuDevice !== 'auto') return { pool: await readyPool(options, preload, gpuDevice), gpuDevice }
  try {
    return { pool: await readyPool(options, preload, 0), gpuDevice: 0 }
  } catch (error) {
    const reason = error instanceof FaceError && error.cause !== undefined ? String(error.cause).split('\n')[0] : String(error)
    log.info({ reason }, 'CUDA cannot be used; inference runs on the CPU')
    return { pool: await readyPool(options, preload, -1), gpuDevice: -1 }
  }
}

async function readyPool (options: EngineOptions, preload: readonly ModelFile[], gpuDevice: number): Promise<EnginePool> {
  const { workers, threads, queueLimit, maxImagePixels, detectRotated = false, keepsMemory = true, limits, log } = options
  const workerData: WorkerSetup = { maxImagePixels, threads, rotated: detectRotated, gpuDevice, keepsMemory, limits, preload }
  const budgets = { pictures: memoryBudget(options.pictureMemory ?? Infinity), runs: memoryBudget(options.runMemory ?? Infinity) }
  const own = () => {
    const data: WorkerOwn = { pictures: claimOf(budgets.pictures), runs: claimOf(budgets.runs) }
    return { data, release: () => { for (const claim of Object.values(data)) release(claim) } }
  }
  const pool = createPool<EngineOperations>({ name: 'engine', entry: ENTRY, size: workers, queueLimit, workerData, own, failed: engineFailed, log })
  try {
    await pool.ready
    return pool
  } catch (error) {
    await pool.close()
    throw error
  }
}

/** Undefined in place of a model that cannot be had. */
function unlessUnavailable (error: unknown): undefined {
  if (!(error instanceof FaceError && error.code === 'model_unavailable')) throw error
}

/** Transfers the image's memory to the worker, unless it is a view of memory that others use (a slice of a pool, a shared buffer). */
function transferring (image: Uint8Array, call: RunOptions = {}): RunOptions {
  const { buffer } = image
  const whole = buffer instanceof ArrayBuffer && image.byteOffset === 0 && image.byteLength === buffer.byteLength
  return whole ? { ...call, transfer: [buffer] } : call
}

/** The attributes that were asked for: a model may return more. */
function answersTo (face: AnalyzedFace, actions: readonly Action[]): AnalyzedFace {
  const { age, gender, emotion, race, ...rest } = face
  const answers = { age, gender, emotion, race }
  return { ...rest, ...Object.fromEntries(actions.map((action) => [action, answers[action]])) }
}
