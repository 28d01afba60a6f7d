import type { TensorRecogniser } from '../../deepface/represent.ts'
import type { Session } from '../../onnx/session.ts'
import type { RecogniserCard } from '../card.ts'
import type { RecogniserFamily } from '../family.ts'
import { recogniser } from './index.ts'

/** A recogniser of one graph, which both pipelines run; `deepface` is the way that DeepFace calls it. */
export const recogniserFamily = (deepface: (session: Session, card: RecogniserCard) => TensorRecogniser): RecogniserFamily =>
  async (parts, card) => {
    const session = await parts.session()
    return { native: recogniser(session, card), deepface: deepface(session, card) }
  }
