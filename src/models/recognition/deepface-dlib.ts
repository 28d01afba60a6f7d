import { toBytes } from '../../math/wrapped-bytes.ts'
import type { Session } from '../../onnx/session.ts'
import type { TensorRecogniser } from '../../pipelines/deepface/deepface-models.ts'
import type { RecogniserCard } from '../card.ts'

/**
 * Dlib as DeepFace calls it (`Dlib.py`, 0.0.100): bytes in a letterbox, where dlib would have cut the face out by its landmarks. Whether
 * tensors are 0..1 is told by the largest value of the whole batch, so `raw` is the same as `base`. The session is that of the
 * native pipeline: input uint8[n, height, width, 3] RGB.
 */
export function dlibOfDeepface (session: Session, { size, length }: RecogniserCard): TensorRecogniser {
  return {
    size,
    async embed (tensors) {
      const isScaled = tensors.some((tensor) => tensor.some((value) => value > 1))
      const embeddings: Float32Array[] = []
      for (const tensor of tensors) {
        const [output] = (await session.run(toBytes(tensor, isScaled), [1, ...size, 3])).values()
        embeddings.push(output!.data.slice(0, length))
      }
      return embeddings
    }
  }
}
