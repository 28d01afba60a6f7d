import { extname } from 'node:path'
import { engineFailed, FaceError } from '../errors.ts'
import type { Ranked } from '../match/rank.ts'
import type { Card } from '../models/card.ts'
import { cardNamed } from '../models/catalogue.ts'
import { cardsFor, landmarkCard, detectorCard } from '../models/detector-cards.ts'
import { partsOf } from '../models/model-files.ts'
import type { Action, DetectorName, Pipeline, RecogniserName } from '../names.ts'
import type { DetectOptions, AnalyzedFace, RepresentedFace, ExtractedFace } from '../pipelines/contract.ts'
import { createPool, type Pool, type PoolLog, type RunOptions } from '../system/worker-pool.ts'
import type { ImageTask, ModelFile, Task, WorkerSetup } from './engine-tasks.ts'
import type { FaceEngine } from './face-engine.ts'
import type { CacheLimits } from './model-cache.ts'

/** Where the engine gets its graphs. */
export interface GraphSource {
  /** Path of a graph or file (a part of a model is a card of its own), fetched and converted when it is not there. @throws {FaceError} model_unavailable. */
  ensure: (card: Card, options?: { patience?: number }) => Promise<string>
  /** Whether the licence of a model is permitted. */
  permits: (card: Card) => boolean
  /** The sha256 of each published file of a model; undefined where none has been had and nobody tells it. */
  hashes: (card: Card) => Promise<ReadonlyArray<string | undefined>>
}

/** Name of the card that finds the landmarks of `detector`'s faces, of those that the store may have. */
export const landmarkModel = (store: GraphSource, detector: DetectorName, pipeline: Pipeline): string | undefined =>
  landmarkCard(detector, pipeline, (name) => store.permits(cardNamed(name)))

/** All that a model consists of. @throws {FaceError} model_unavailable. */
export async function ensureModel (store: GraphSource, card: Card, options?: { patience?: number }): Promise<ModelFile> {
  const [path, ...others] = await Promise.all(partsOf(card).map((part) => store.ensure(part, options)))
  const names = Object.keys(card.parts ?? {})
  return { name: card.name, path: path!, parts: Object.fromEntries(names.map((name, i) => [name, others[i]!])) }
}

/** Milliseconds that the sources of a model have until the first byte: at the start somebody watches a slow line, a request waits for an answer. */
const START_PATIENCE = 60_000

export interface EngineOptions {
  readonly store: GraphSource
  readonly workers: number
  /** Intra-op threads of each worker. */
  readonly threads: number
  readonly queueLimit: number
  /** Looks for faces in the native pipeline at the picture turned by quarters too. */
  readonly detectRotated?: boolean
  /** A CUDA device; −1 is the CPU; `auto` is the first CUDA device where its libraries load, else the CPU. */
  readonly gpuDevice: number | 'auto'
  readonly maxImagePixels: number
  /** Of the open models of each worker. */
  readonly limits: CacheLimits
  /** Names of the models to open before the engine is ready. */
  readonly preload: readonly string[]
  readonly log: PoolLog & { info: (object: object, message: string) => void }
}

/** Which attribute model answers which question. */
const ACTION_MODELS: Readonly<Record<Pipeline, Readonly<Record<Action, string>>>> = {
  native: { age: 'age-gender', gender: 'age-gender', emotion: 'emotion', race: 'race' },
  deepface: { age: 'DeepFace-Age', gender: 'DeepFace-Gender', emotion: 'DeepFace-Emotion', race: 'DeepFace-Race' }
}

/** The card of the model that tells faces from pictures of faces, in both pipelines. */
const ANTI_SPOOFING = 'MiniFASNet'

/** The worker's file lies beside this one, as .ts from source and as .js when compiled. */
const ENTRY = new URL(`./engine-thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Opens the engine: fetches the models of `preload`, starts the workers and waits until each has opened and warmed them.
 * @throws {FaceError} model_unavailable when a model of `preload` cannot be had; deepface_error when a worker cannot start, for
 * example because CUDA was asked for and its libraries are not there.
 */
export async function openEngine (options: EngineOptions): Promise<FaceEngine> {
  const { store, workers, detectRotated = false, log } = options
  // Else ONNX Runtime keeps an identifier of this machine in the cache folder of the user, and sends Microsoft how it is used. It reads
  // the environment of the process, which only the main thread can change.
  process.env['ORT_DISABLE_TELEMETRY'] ??= '1'
  const preload = await Promise.all(options.preload.map((name) => ensureModel(store, cardNamed(name), { patience: START_PATIENCE })))
  const preloaded = new Map(preload.map((file) => [file.name, file]))
  const { pool, gpuDevice } = await startPool(options, preload)
  const provider = gpuDevice < 0 ? 'cpu' : 'cuda'
  log.info({ provider, workers, threads: options.threads, models: options.preload }, 'the engine is ready')

  /** The graph of a card. What was preloaded stays open and is asked for no more; any other may have to be opened again, whole. */
  const fileOf = async (name: string): Promise<ModelFile> => preloaded.get(name) ?? await ensureModel(store, cardNamed(name))

  /** The models that find and judge faces. */
  async function prepare ({ detector, pipeline, antiSpoofing }: DetectOptions): Promise<Pick<ImageTask, 'detector' | 'landmarks' | 'antiSpoofing'>> {
    const names = [
      detector === 'skip' ? undefined : detectorCard(detector, pipeline),
      landmarkModel(store, detector, pipeline),
      antiSpoofing ? ANTI_SPOOFING : undefined
    ]
    const [own, landmarks, spoofs] = await Promise.all(names.map((name) => name === undefined ? undefined : fileOf(name)))
    return { detector: own, landmarks, antiSpoofing: spoofs }
  }

  const run = async <Result>(task: Task, call: RunOptions): Promise<Result> => await pool.run(task, call) as Result

  return {
    provider,
    workers,
    async represent (image, options, call) {
      const [models, recogniser] = await Promise.all([prepare(options), fileOf(options.model)])
      return run<RepresentedFace[]>({ kind: 'represent', image, ...models, recogniser, options }, transferring(image, call))
    },
    async analyze (image, options, call) {
      const names = new Set(options.actions.map((action) => ACTION_MODELS[options.pipeline][action]))
      const [models, ...attributes] = await Promise.all([prepare(options), ...[...names].map((name) => fileOf(name))])
      const faces = await run<AnalyzedFace[]>({ kind: 'analyze', image, ...models, attributes, options }, transferring(image, call))
      return faces.map((face) => answersTo(face, options.actions))
    },
    async extract (image, options, call) {
      const models = await prepare(options)
      return run<ExtractedFace[]>({ kind: 'extract', image, ...models, options }, transferring(image, call))
    },
    async fingerprint ({ model, detector, pipeline }) {
      const names = [...cardsFor({ model, detector, pipeline }), landmarkModel(store, detector, pipeline) ?? []].flat()
      const hashes = await Promise.all(names.map((name) => store.hashes(cardNamed(name))))
      return { weights: hashes.flat(), rotated: detector !== 'skip' && pipeline === 'native' && detectRotated }
    },
    search: (request, call) => run<Ranked[]>({ kind: 'search', request }, { ...call }),
    missing: () => pool.alive() > 0 ? [] : ['No worker is running.'],
    load: () => ({ workers: pool.alive(), busy: pool.running(), waiting: pool.waiting() }),
    close: () => pool.close()
  }
}

/** The pool on the device that was asked for. Only `auto` may end on another device than the first one tried, and the log says so. */
async function startPool (options: EngineOptions, preload: readonly ModelFile[]): Promise<{ pool: Pool, gpuDevice: number }> {
  const { gpuDevice, log } = options
  if (gpuDevice !== 'auto') return { pool: await readyPool(options, preload, gpuDevice), gpuDevice }
  try {
    return { pool: await readyPool(options, preload, 0), gpuDevice: 0 }
  } catch (error) {
    log.info({ reason: error instanceof FaceError && error.cause !== undefined ? String(error.cause).split('\n')[0] : String(error) }, 'CUDA cannot be used; inference runs on the CPU')
    return { pool: await readyPool(options, preload, -1), gpuDevice: -1 }
  }
}

async function readyPool (options: EngineOptions, preload: readonly ModelFile[], gpuDevice: number): Promise<Pool> {
  const { workers, threads, queueLimit, maxImagePixels, detectRotated = false, limits, log } = options
  const workerData: WorkerSetup = { maxImagePixels, threads, rotated: detectRotated, gpuDevice, limits, preload }
  const pool = createPool({ entry: ENTRY, size: workers, queueLimit, workerData, log })
  try {
    await pool.ready
    return pool
  } catch (error) {
    await pool.close()
    throw error instanceof FaceError ? error : engineFailed(error)
  }
}

/** Hands the image's memory to the worker, unless it is a view of memory that others use (a slice of a pool, a shared buffer). */
function transferring (image: Uint8Array, call: RunOptions = {}): RunOptions {
  const { buffer } = image
  const whole = buffer instanceof ArrayBuffer && image.byteOffset === 0 && image.byteLength === buffer.byteLength
  return whole ? { ...call, transfer: [buffer] } : call
}

/** The attributes that were asked for: a model may give more. */
function answersTo (face: AnalyzedFace, actions: readonly Action[]): AnalyzedFace {
  const { age, gender, emotion, race, ...rest } = face
  const answers = { age, gender, emotion, race }
  return { ...rest, ...Object.fromEntries(actions.map((action) => [action, answers[action]])) }
}

/**
 * Names of the models that a service opens at its start unless PRELOAD_MODELS says otherwise: those of recognition, detection and, in the
 * native pipeline, analysis. DeepFace's attribute models have half a gigabyte each and are opened on demand.
 */
export const defaultModels = (model: RecogniserName, detector: DetectorName, pipeline: Pipeline): string[] =>
  [...cardsFor({ model, detector, pipeline }), ...pipeline === 'native' ? attributeCards('native') : []]

/** Names of the models that `analyze` runs. */
export const attributeCards = (pipeline: Pipeline): string[] => [...new Set(Object.values(ACTION_MODELS[pipeline]))]
