import type { RecogniserFamily } from '../family.ts'
import { deepfaceInputs } from './deepface-inputs.ts'
import { recogniser } from './recogniser.ts'

/** A recogniser of one graph, which both pipelines run; the deepface pipeline only where DeepFace has it. */
export const recognition: RecogniserFamily = async (files, card) => {
  const session = await files.session()
  const native = recogniser(session, card)
  return card.deepfaceInput ? { native, deepface: deepfaceInputs[card.deepfaceInput](session, card) } : { native }
}
