import { stat } from 'node:fs/promises'
import { FaceError, modelUnavailable } from '../errors.ts'
import { fromImage } from '../image/picture.ts'
import { cardNamed } from '../models/catalogue.ts'
import { nativeDetector } from '../models/native-detector.ts'
import type { SessionOptions } from '../onnx/session.ts'
import type { Check, DetectorOptions, FindLandmarks } from '../pipelines/contract.ts'
import { firstSquare } from '../pipelines/native/mesh/squares.ts'
import type { Claim } from '../system/memory-budget.ts'
import type { ModelFile, WorkerSetup } from './engine-tasks.ts'
import { createCache } from './model-cache.ts'
import { isFor, type ModelByTask, type ModelTask, type OpenModel, openModel, type OpenModelOptions, pathsOf } from './open-model.ts'
import { countingRuns } from './run-memory.ts'

/**
 * The open models of one worker. A model is opened by its first use; when there are too many, the least recently used is closed. Each
 * worker has its own: ONNX Runtime's binding for Node cannot share a session between threads.
 *
 * Every method throws FaceErrors: model_unavailable when a file is gone or the model does not fit into the allowed memory, deepface_error
 * when it cannot be opened. A failure is not kept, so that the next request tries again.
 */
export interface OpenModels {
  detector: (file: ModelFile) => Promise<ModelByTask['detection']>
  /** The model that finds the landmarks of another detector's faces. */
  landmarkOptions: (file: ModelFile) => Promise<Pick<DetectorOptions, 'findLandmarks' | 'mesh'>>
  /** Finds the landmarks of turned faces by a detector, which is opened by the first of them. */
  turnedFinder: (file: ModelFile) => FindLandmarks
  recogniser: (file: ModelFile) => Promise<ModelByTask['recognition']>
  landmarks: (file: ModelFile) => Promise<ModelByTask['landmarks']>
  attributes: (file: ModelFile) => Promise<ModelByTask['attributes']>
  antiSpoofing: (file: ModelFile) => Promise<ModelByTask['anti-spoofing']>
  /** Opens a model for any task and runs it once on a grey picture, so that its memory is allocated before the first request. */
  warm: (file: ModelFile) => Promise<void>
  /** Ends a job: closes the models beyond the limits. */
  settle: () => Promise<void>
}

/**
 * Memory of an open network in multiples of its graph's bytes, measured with onnxruntime-node 1.30 on x64: 1.2 for VGG-Face (537 MB,
 * mainly dense layers), 1.03 for thirty 3 × 3 convolutions (283 MB); plus some for intermediate results.
 */
const MEMORY = 1.25

/** Bytes that a detector's run takes for a pixel of its input where its card does not tell: more than any measured one. */
const BYTES_PER_PIXEL = 128

export interface OpenOptions
  extends Pick<WorkerSetup, 'threads' | 'gpuDevice'>, Partial<Pick<WorkerSetup, 'limits' | 'preload'>>, Pick<SessionOptions, 'runCritical' | 'keepsMemory'> {
  /** Counts the memory of large runs of detectors. */
  readonly counting?: { readonly memory: Claim, readonly check: Check }
}

const UNLIMITED = { count: Infinity, bytes: Infinity }

export function openModels (options: OpenOptions): OpenModels {
  const { threads, gpuDevice, runCritical, keepsMemory = true, counting, limits = UNLIMITED, preload = [] } = options
  const device = gpuDevice < 0 ? { provider: 'cpu' as const } : { provider: 'cuda' as const, id: gpuDevice }
  /** The paths of each model, from the last job that used it. */
  const files = new Map<string, ModelFile>()
  const pinned = new Set(preload.map(({ name }) => name))
  const cache = createCache<OpenModel>({
    limits,
    pinned,
    async weigh (name) {
      try {
        const stats = await Promise.all(pathsOf(files.get(name)!).map((path) => stat(path)))
        return MEMORY * stats.reduce((sum, { size }) => sum + size, 0)
      } catch (error) {
        throw modelUnavailable(`The graph of ${name} has gone from MODELS_PATH. Send the request again: it is then made anew.`, error)
      }
    },
    async open (name) {
      try {
        return await openModel(cardNamed(name).task, files.get(name)!, { ...sessionOptions(name), device, threads, ...runCritical && { runCritical } })
      } catch (error) {
        const sentence = `${name} could not be opened. The cause is in the service log under this request id.`
        throw new FaceError('deepface_error', sentence, { cause: error })
      }
    }
  })

  /** Detectors run at many sizes: one that few use would keep the memory of all of them. */
  function sessionOptions (name: string): Pick<OpenModelOptions, 'keepsMemory' | 'wrap'> {
    const card = cardNamed(name)
    if (card.task !== 'detection') return { keepsMemory }
    const { bytesPerPixel = BYTES_PER_PIXEL } = card
    return {
      keepsMemory: keepsMemory && pinned.has(name),
      ...counting && { wrap: (session) => countingRuns(session, { name, bytesPerPixel }, counting.memory, counting.check) }
    }
  }

  const use = <Task extends ModelTask>(task: Task) => async (file: ModelFile): Promise<ModelByTask[Task]> => {
    files.set(file.name, file)
    const model = await cache.use(file.name)
    if (!isFor(task, model)) throw new Error(`${file.name} is a model for ${model.task}, not for ${task}.`)
    return model.byPipeline
  }
  const detector = use('detection')
  const recogniser = use('recognition')
  const landmarks = use('landmarks')
  const attributes = use('attributes')
  const antiSpoofing = use('anti-spoofing')

  return {
    detector,
    landmarkOptions: async (file) => cardNamed(file.name).task === 'landmarks'
      ? { mesh: await landmarks(file) }
      : { findLandmarks: (await detector(file)).findLandmarks },
    turnedFinder: (file) => async (picture, face) => await (await detector(file)).findLandmarks!(picture, face),
    recogniser,
    landmarks,
    attributes,
    antiSpoofing,
    settle: cache.settle,
    async warm (file) {
      const picture = fromImage({ width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(128) })
      const face = { box: { x: 64, y: 64, w: 128, h: 128 }, landmarks: undefined, score: 1 }
      const framing = { align: true, expandPercentage: 0 }
      switch (cardNamed(file.name).task) {
        case 'detection': await nativeDetector(await detector(file), { rotated: false }).detect(picture); break
        case 'recognition': await (await recogniser(file)).native.embed(picture, [face], framing); break
        case 'landmarks': {
          const { find, express } = await landmarks(file)
          const meshes = await find(picture, [firstSquare(face)])
          await express?.(meshes)
          break
        }
        case 'attributes': await (await attributes(file)).native.describe(picture, [face], framing); break
        case 'anti-spoofing': await (await antiSpoofing(file)).checkLiveness(await picture.whole(), [face.box]); break
      }
    }
  }
}
