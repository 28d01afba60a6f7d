import { toBytes } from '../../math/wrapped-bytes.ts'
import type { Session } from '../../onnx/session.ts'
import type { TensorRecogniser } from '../../pipelines/deepface/deepface-models.ts'
import type { DeepfaceInput, RecogniserCard } from '../card.ts'
import { graphConversion } from '../model-files.ts'
import { runTensors, unscaled } from '../run-tensors.ts'
import { unit } from './unit-length.ts'

type Open = (session: Session, card: RecogniserCard) => TensorRecogniser

/** Recognisers as DeepFace 0.0.100 feeds them, by `deepfaceInput` of their cards. Each runs the graph of the native pipeline. */
export const deepfaceInputs: Readonly<Record<DeepfaceInput, Open>> = {
  /** All Keras recognisers. */
  tensor (session, card) {
    const { size, unitLength } = card
    const { input } = graphConversion(card)
    return {
      size,
      async embed (tensors) {
        const vectors = await runTensors(session, tensors.map((tensor) => unscaled(tensor, input)), [...size, 3])
        return unitLength ? vectors.map(unit) : vectors
      }
    }
  },

  /**
   * Buffalo_L (`Buffalo_L.py`): insightface takes 0..1 for 0..255, so that the network sees next to nothing, and blue for red. With the
   * normalization `raw` the brightness is right.
   */
  pixels: (session, { size }) => ({ size, embed: (tensors) => runTensors(session, tensors, [...size, 3]) }),

  /** SFace (`SFace.py`): in a letterbox instead of aligned by the five points that it was trained with. */
  bytes: (session, card) => embedBytes(session, card, () => false),

  /**
   * Dlib (`Dlib.py`): in a letterbox, where dlib itself would have cut the face out by its landmarks. The largest value of the whole
   * batch decides whether tensors are 0..1, so `raw` is the same as `base`.
   */
  'bytes-by-range': (session, card) => embedBytes(session, card, (tensors) => tensors.some((tensor) => tensor.some((value) => value > 1)))
}

/** One face a run, as uint8[1, height, width, 3] RGB; × 255 unless the batch is `scaled` to 0..255 already. */
const embedBytes = (session: Session, { size, length }: RecogniserCard, scaled: (tensors: readonly Float32Array[]) => boolean): TensorRecogniser => ({
  size,
  async embed (tensors) {
    const isScaled = scaled(tensors)
    const embeddings: Float32Array[] = []
    for (const tensor of tensors) {
      const [output] = (await session.run(toBytes(tensor, isScaled), [1, ...size, 3])).values()
      embeddings.push(output!.data.slice(0, length))
    }
    return embeddings
  }
})
