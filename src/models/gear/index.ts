import { square } from '../../geometry/box.ts'
import type { Session } from '../../onnx/session.ts'
import { boxToCrop, runCrops } from '../framing.ts'
import type { AttributeModel } from '../model.ts'

/** Side of the input, in pixels. */
const SIZE = 198

/** The crop as a multiple of the longer side of the box, and how far it is moved down as a part of its side: found on UTKFace. */
const FRAME = { factor: 0.9, down: 0.08 }

/**
 * GEAR: race in five classes (white, black, asian, indian, other).
 * Udolf15/GEAR-Predictor, a CNN trained on UTKFace; weights as vladmandic/human publishes them.
 *
 * Input uint8[n, 198, 198, 3] RGB. Output float32[n, 5], a softmax. Its "other" is shared equally between `middle eastern` and
 * `latino hispanic`, which it cannot tell apart.
 */
export function gear (session: Session): AttributeModel {
  return {
    describe: (picture, faces, { align, expandPercentage }) => runCrops(
      session,
      picture,
      faces.map(({ box, landmarks }) =>
        boxToCrop(square(box, FRAME.factor * (1 + expandPercentage / 100), FRAME.down), landmarks, SIZE, SIZE, align)),
      { size: SIZE, outside: 'replicate' },
      (outputs) => {
        const [white, black, asian, indian, other] = percentages(outputs.named('race_output'))
        return {
          race: { asian: asian!, indian: indian!, black: black!, white: white!, 'middle eastern': other! / 2, 'latino hispanic': other! / 2 }
        }
      }
    ),
    close: session.close
  }
}

/** A softmax as percentages. */
const percentages = (probabilities: Float32Array): number[] => Array.from(probabilities, (p) => 100 * p)
