import type { Session } from '../../onnx/session.ts'
import type { TensorRecogniser } from '../../pipelines/deepface/deepface-models.ts'
import type { RecogniserCard } from '../card.ts'
import type { RecogniserFamily } from '../family.ts'
import { dlibOfDeepface } from './deepface-dlib.ts'
import { sfaceOfDeepface } from './deepface-sface.ts'
import { buffaloOfDeepface, tensors } from './deepface-tensors.ts'
import { recogniser } from './recogniser.ts'

/** How DeepFace calls those recognisers that it does not give its tensors as they are. */
const OTHERS: Readonly<Record<string, (session: Session, card: RecogniserCard) => TensorRecogniser>> = {
  SFace: sfaceOfDeepface,
  Dlib: dlibOfDeepface,
  Buffalo_L: buffaloOfDeepface
}

/** A recogniser of one graph, which both pipelines run. */
export const recognition: RecogniserFamily = async (files, card) => {
  const session = await files.session()
  return { native: recogniser(session, card), deepface: (OTHERS[card.name] ?? tensors)(session, card) }
}
