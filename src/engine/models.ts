import { cardNamed } from '../models/index.ts'
import { attributes, detectors, recognisers } from '../models/families.ts'
import type { Card, RecogniserCard } from '../models/card.ts'
import type { AttributeModel, Detector, Recogniser } from '../models/model.ts'
import { fromImage } from '../image/picture.ts'
import { openSession, type Session } from '../onnx/session.ts'
import type { ModelFile } from './tasks.ts'

/** The open networks of one worker. Each is opened when it is first asked for, once, and stays open. */
export interface OpenModels {
  detector: (file: ModelFile) => Promise<Detector>
  recogniser: (file: ModelFile) => Promise<Recogniser>
  attributes: (file: ModelFile) => Promise<AttributeModel>
  /** Opens a model of any kind and runs it once on a grey picture, so that its memory is there before the first request. */
  warm: (file: ModelFile) => Promise<void>
}

export interface OpenOptions {
  readonly threads: number
  /** −1 is the CPU. */
  readonly gpuDevice: number
}

export function openModels ({ threads, gpuDevice }: OpenOptions): OpenModels {
  const device = gpuDevice < 0 ? { provider: 'cpu' as const } : { provider: 'cuda' as const, id: gpuDevice }

  /** Opens each file once with its family's adapter; a failure is not kept, so that the next request tries again. */
  function opener<C extends Card, Model> (families: Readonly<Record<string, (session: Session, card: C) => Model>>) {
    const opened = new Map<string, Promise<Model>>()
    return (file: ModelFile): Promise<Model> => {
      const known = opened.get(file.path)
      if (known) return known
      const model = open(file)
      opened.set(file.path, model)
      model.catch(() => opened.delete(file.path))
      return model
    }
    async function open ({ name, path }: ModelFile): Promise<Model> {
      const card = cardNamed(name) as C
      const adapt = families[card.family]
      if (!adapt) throw new Error(`There is no adapter for the family ${card.family} of ${name}.`)
      return adapt(await openSession(path, { device, threads }), card)
    }
  }

  const detector = opener(detectors)
  const recogniser = opener<RecogniserCard, Recogniser>(recognisers)
  const attribute = opener(attributes)

  return {
    detector,
    recogniser,
    attributes: attribute,
    async warm (file) {
      const picture = fromImage({ width: 256, height: 256, data: new Uint8Array(256 * 256 * 3).fill(128) })
      const face = { box: { x: 64, y: 64, w: 128, h: 128 }, landmarks: undefined, score: 1 }
      const framing = { align: true, expandPercentage: 0 }
      switch (cardNamed(file.name).task) {
        case 'detection': await (await detector(file)).detect(picture); break
        case 'recognition': await (await recogniser(file)).embed(picture, [face], framing); break
        case 'attributes': await (await attribute(file)).describe(picture, [face], framing); break
      }
    }
  }
}
