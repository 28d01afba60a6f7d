import { toBytes } from '../../math/wrapped-bytes.ts'
import type { Session } from '../../onnx/session.ts'
import type { TensorRecogniser } from '../../pipelines/deepface/deepface-models.ts'
import type { RecogniserCard } from '../card.ts'

/**
 * SFace as DeepFace calls it (`SFace.py`, 0.0.100): a face at a time, as bytes, in a letterbox instead of by the five points it was
 * trained with. The session is that of the native pipeline: input uint8[1, height, width, 3] RGB.
 */
export function sfaceOfDeepface (session: Session, { size }: RecogniserCard): TensorRecogniser {
  return {
    size,
    async embed (tensors) {
      const embeddings: Float32Array[] = []
      for (const tensor of tensors) {
        const [output] = (await session.run(toBytes(tensor), [1, ...size, 3])).values()
        embeddings.push(output!.data)
      }
      return embeddings
    }
  }
}
