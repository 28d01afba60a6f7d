import { stat } from 'node:fs/promises'
import { FaceError, modelUnavailable } from '../errors.ts'
import { fromImage } from '../image/picture.ts'
import type { Card, RecogniserCard } from '../models/card.ts'
import { attributes, detectors, recognisers } from '../models/families.ts'
import { cardNamed } from '../models/index.ts'
import type { AttributeModel, Detector, Recogniser } from '../models/model.ts'
import { openSession, type Session } from '../onnx/session.ts'
import { createCache } from './cache.ts'
import type { ModelFile, WorkerSetup } from './tasks.ts'

/**
 * The open networks of one worker: each is opened when it is first asked for, and closed when it has not been used for longest and
 * there are too many. Each worker has its own: ONNX Runtime's binding for Node cannot share a session between threads.
 *
 * Every method throws FaceErrors: model_unavailable when the graph is gone or does not fit into the memory that is allowed,
 * deepface_error when it cannot be opened. A failure is not kept, so that the next request tries again.
 */
export interface OpenModels {
  detector: (file: ModelFile) => Promise<Detector>
  recogniser: (file: ModelFile) => Promise<Recogniser>
  attributes: (file: ModelFile) => Promise<AttributeModel>
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

export interface OpenOptions extends Pick<WorkerSetup, 'threads' | 'gpuDevice'>, Partial<Pick<WorkerSetup, 'limits' | 'preload'>> {}

const UNLIMITED = { count: Infinity, bytes: Infinity }

export function openModels ({ threads, gpuDevice, limits = UNLIMITED, preload = [] }: OpenOptions): OpenModels {
  const device = gpuDevice < 0 ? { provider: 'cpu' as const } : { provider: 'cuda' as const, id: gpuDevice }
  /** Where the graph of each model was last said to lie. */
  const paths = new Map<string, string>()
  const cache = createCache<Detector | Recogniser | AttributeModel>({
    limits,
    stays: new Set(preload.map(({ name }) => name)),
    async weigh (name) {
      try {
        return MEMORY * (await stat(paths.get(name)!)).size
      } catch (error) {
        throw modelUnavailable(`The graph of ${name} has gone from MODELS_PATH. Send the request again: it is then made anew.`, error)
      }
    },
    async open (name) {
      try {
        const adapt = adapterOf(cardNamed(name))
        return adapt(await openSession(paths.get(name)!, { device, threads }))
      } catch (error) {
        throw new FaceError('deepface_error', `${name} could not be opened. The cause is in the service log under this request id.`, { cause: error })
      }
    }
  })

  /** A card's task says which kind of model its adapter makes. */
  async function use<Model extends Detector | Recogniser | AttributeModel> ({ name, path }: ModelFile): Promise<Model> {
    paths.set(name, path)
    return await cache.use(name) as Model
  }

  return {
    detector: use<Detector>,
    recogniser: use<Recogniser>,
    attributes: use<AttributeModel>,
    settle: cache.settle,
    async warm (file) {
      const picture = fromImage({ width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(128) })
      const face = { box: { x: 64, y: 64, w: 128, h: 128 }, landmarks: undefined, score: 1 }
      const framing = { align: true, expandPercentage: 0 }
      switch (cardNamed(file.name).task) {
        case 'detection': await (await use<Detector>(file)).detect(picture); break
        case 'recognition': await (await use<Recogniser>(file)).embed(picture, [face], framing); break
        case 'attributes': await (await use<AttributeModel>(file)).describe(picture, [face], framing); break
      }
    }
  }
}

/** What makes a model of a session. @throws {Error} when this version has no adapter for the card's family. */
function adapterOf (card: Card): (session: Session) => Detector | Recogniser | AttributeModel {
  const adapt = { detection: detectors, recognition: recognisers, attributes, 'anti-spoofing': {} as Readonly<Record<string, never>> }[card.task][card.family]
  if (!adapt) throw new Error(`There is no adapter for the family ${card.family} of ${card.name}.`)
  // A card of recognition is a RecogniserCard, which only the catalogue's own type knows.
  return (session) => adapt(session, card as RecogniserCard)
}
