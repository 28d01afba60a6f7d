import type { Session } from '../../onnx/session.ts'
import type { TensorRecogniser } from '../../pipelines/deepface/deepface-models.ts'
import type { RecogniserCard } from '../card.ts'
import { graphConversion } from '../model-files.ts'
import { runTensors, unscaled } from '../run-tensors.ts'
import { unit } from './unit-length.ts'

/** A network of DeepFace's that gets its tensors as they are: all Keras recognisers. The graph is that of the native pipeline. */
export function tensors (session: Session, card: RecogniserCard): TensorRecogniser {
  const { size, unitLength } = card
  const { input } = graphConversion(card)
  return {
    size,
    async embed (faces) {
      const vectors = await runTensors(session, faces.map((face) => unscaled(face, input)), [...size, 3])
      return unitLength ? vectors.map(unit) : vectors
    }
  }
}

/**
 * Buffalo_L as DeepFace calls it (`Buffalo_L.py`, 0.0.100): insightface takes 0..1 for 0..255, so that the network sees next to
 * nothing, and blue for red. With the normalization `raw` the brightness is right.
 */
export const buffaloOfDeepface = (session: Session, { size }: RecogniserCard): TensorRecogniser =>
  ({ size, embed: (faces) => runTensors(session, faces, [...size, 3]) })
