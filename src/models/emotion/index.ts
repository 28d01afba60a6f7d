import { square } from '../../geometry/box.ts'
import type { Session } from '../../onnx/session.ts'
import { boxToCrop, runCrops } from '../framing.ts'
import type { AttributeModel } from '../model.ts'
import { EMOTIONS, type Emotion } from '../names.ts'

/** Side of the input, in pixels. */
const SIZE = 64

/** The crop is the square of the box without margin. */
const MARGIN = 1

/**
 * mini_XCEPTION: seven emotions.
 * Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017, arXiv:1710.07557;
 * weights as vladmandic/human publishes them.
 *
 * Input uint8[n, 64, 64, 1] grey. Output float32[n, 7], a softmax in the order of EMOTIONS.
 */
export function emotion (session: Session): AttributeModel {
  return {
    describe: (picture, faces, { align, expandPercentage }) => runCrops(
      session,
      picture,
      faces.map(({ box, landmarks }) => boxToCrop(square(box, MARGIN * (1 + expandPercentage / 100)), landmarks, SIZE, SIZE, align)),
      { size: SIZE, outside: 'replicate', grey: true },
      (outputs) => {
        const probabilities = outputs.only()
        const scores = Object.fromEntries(EMOTIONS.map((name, i) => [name, 100 * probabilities[i]!]))
        return { emotion: scores as Record<Emotion, number> }
      }
    ),
    close: session.close
  }
}
