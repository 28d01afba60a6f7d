import type { TensorRecogniser } from '../../deepface/represent.ts'
import type { Session } from '../../onnx/session.ts'
import type { RecogniserCard } from '../card.ts'
import type { RecogniserFamily } from '../family.ts'
import { dlibOfDeepface } from './dlib-deepface.ts'
import { recogniser } from './index.ts'
import { sfaceOfDeepface } from './sface-deepface.ts'
import { buffaloOfDeepface, tensors } from './tensors.ts'

/** How DeepFace calls those recognisers that it does not give its tensors as they are. */
const OTHERS: Readonly<Record<string, (session: Session, card: RecogniserCard) => TensorRecogniser>> = {
  SFace: sfaceOfDeepface,
  Dlib: dlibOfDeepface,
  Buffalo_L: buffaloOfDeepface
}

/** A recogniser of one graph, which both pipelines run. */
export const recognition: RecogniserFamily = async (parts, card) => {
  const session = await parts.session()
  return { native: recogniser(session, card), deepface: (OTHERS[card.name] ?? tensors)(session, card) }
}
