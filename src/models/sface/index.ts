import type { Session } from '../../onnx/session.ts'
import type { RecogniserCard } from '../card.ts'
import { runCrops, toTemplate } from '../framing.ts'
import type { Recogniser } from '../model.ts'

/**
 * SFace: aligned crops in, vectors out.
 * Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition", 2021, arXiv:2205.12010; the graph of
 * OpenCV Zoo (`face_recognition_sface_2021dec.onnx`), which scales its input itself.
 *
 * Input uint8[n, size, size, 3] RGB. One output, float32[n, length], not scaled to length 1.
 */
export function sface (session: Session, card: RecogniserCard): Recogniser {
  return {
    card,
    embed: (picture, faces, framing) => runCrops(
      session,
      picture,
      faces.map((face) => toTemplate(face, card.template, card.size, framing)),
      { size: card.size, outside: 'black' },
      // A copy: the batch's memory is not kept alive by one of its rows.
      (outputs) => outputs.only().slice()
    ),
    close: session.close
  }
}
