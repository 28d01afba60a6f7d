import { stat } from 'node:fs/promises'
import { FaceError, modelUnavailable } from '../errors.ts'
import { fromImage } from '../image/picture.ts'
import { cardNamed } from '../models/catalogue.ts'
import type { AttributesByPipeline, DetectorByPipeline, OpenedModel, RecogniserByPipeline } from '../models/family.ts'
import { nativeDetector } from '../models/native-detector.ts'
import type { SessionOptions } from '../onnx/session.ts'
import type { AntiSpoofing } from '../pipelines/contract.ts'
import type { ModelFile, WorkerSetup } from './engine-tasks.ts'
import { createCache } from './model-cache.ts'
import { type OpenModel, openModel, pathsOf } from './open-model.ts'

/**
 * The open models of one worker: each is opened when it is first asked for, and closed when it has not been used for longest and
 * there are too many. Each worker has its own: ONNX Runtime's binding for Node cannot share a session between threads.
 *
 * Every method throws FaceErrors: model_unavailable when a file is gone or does not fit into the memory that is allowed,
 * deepface_error when it cannot be opened. A failure is not kept, so that the next request tries again.
 */
export interface OpenModels {
  detector: (file: ModelFile) => Promise<DetectorByPipeline>
  recogniser: (file: ModelFile) => Promise<RecogniserByPipeline>
  attributes: (file: ModelFile) => Promise<AttributesByPipeline>
  antiSpoofing: (file: ModelFile) => Promise<AntiSpoofing>
  /** Opens a model of any kind and runs it once on a grey picture, so that its memory is there before the first request. */
  warm: (file: ModelFile) => Promise<void>
  /** The job is over: closes what is beyond the limits. */
  settle: () => Promise<void>
}

/**
 * Memory of an open network in multiples of its graph's bytes, measured with onnxruntime-node 1.30 on x64: 1.2 for VGG-Face
 * (537 MB, mostly dense layers), 1.03 for thirty 3 × 3 convolutions (283 MB); and some for what it computes.
 */
const MEMORY = 1.25

export interface OpenOptions extends Pick<WorkerSetup, 'threads' | 'gpuDevice'>, Partial<Pick<WorkerSetup, 'limits' | 'preload'>>, Pick<SessionOptions, 'runCritical'> {}

const UNLIMITED = { count: Infinity, bytes: Infinity }

export function openModels ({ threads, gpuDevice, runCritical, limits = UNLIMITED, preload = [] }: OpenOptions): OpenModels {
  const device = gpuDevice < 0 ? { provider: 'cpu' as const } : { provider: 'cuda' as const, id: gpuDevice }
  /** The paths of each model, as the last job gave them. */
  const files = new Map<string, ModelFile>()
  const cache = createCache<OpenModel>({
    limits,
    stays: new Set(preload.map(({ name }) => name)),
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
        return await openModel(files.get(name)!, { device, threads, ...runCritical && { runCritical } })
      } catch (error) {
        throw new FaceError('deepface_error', `${name} could not be opened. The cause is in the service log under this request id.`, { cause: error })
      }
    }
  })

  /** A card's task says which kind of forms its model has. */
  async function use<Opened extends OpenedModel> (file: ModelFile): Promise<Opened> {
    files.set(file.name, file)
    return (await cache.use(file.name)).byPipeline as Opened
  }

  return {
    detector: use<DetectorByPipeline>,
    recogniser: use<RecogniserByPipeline>,
    attributes: use<AttributesByPipeline>,
    antiSpoofing: use<AntiSpoofing>,
    settle: cache.settle,
    async warm (file) {
      const picture = fromImage({ width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(128) })
      const face = { box: { x: 64, y: 64, w: 128, h: 128 }, landmarks: undefined, score: 1 }
      const framing = { align: true, expandPercentage: 0 }
      switch (cardNamed(file.name).task) {
        case 'detection': await nativeDetector(await use<DetectorByPipeline>(file), { rotated: false }).detect(picture); break
        case 'recognition': await (await use<RecogniserByPipeline>(file)).native.embed(picture, [face], framing); break
        case 'attributes': await (await use<AttributesByPipeline>(file)).native.describe(picture, [face], framing); break
        case 'anti-spoofing': await (await use<AntiSpoofing>(file)).checkLiveness(await picture.whole(), [face.box]); break
      }
    }
  }
}
