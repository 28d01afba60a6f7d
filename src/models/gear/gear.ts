import type { Landmarks } from '../../math/point.ts'
import type { Session } from '../../onnx/session.ts'
import type { AttributeModel } from '../../pipelines/contract.ts'
import { alignToTemplate } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'

/** Side of the input, in pixels. */
const SIZE = 198

/**
 * Positions of the landmarks in the crop: as in the photos of UTKFace, with which the network was trained (the mean of RetinaFace's
 * landmarks on 916 development photos, scaled from 200 pixels to 198). The network is brittle: a crop that is a tenth wider or tighter,
 * or mirrored, costs five points and more.
 */
const TEMPLATE: Landmarks = [[59.83, 58.38], [132.76, 58.48], [96.76, 100.93], [64.91, 131.6], [127.28, 131.7]]

/** Positions of a mesh's landmarks there: the mean on 984 of these photos. */
const MESH_TEMPLATE: Landmarks = [[58.58, 59.17], [135.81, 58.9], [97.35, 107.92], [63.71, 135.25], [130.16, 135.22]]

/**
 * GEAR: race in five classes (white, black, asian, indian, other).
 * Udolf15/GEAR-Predictor, a CNN trained on UTKFace; weights as vladmandic/human publishes them.
 *
 * Input uint8[n, 198, 198, 3] RGB. Output float32[n, 5], a softmax. Its "other" is shared equally between `middle eastern` and
 * `latino hispanic`, which it cannot tell apart.
 */
export function gear (session: Session): AttributeModel {
  return {
    describe: (picture, faces, framing) => runCrops(
      session,
      picture,
      faces.map((face) => alignToTemplate(face, TEMPLATE, [SIZE, SIZE], framing, MESH_TEMPLATE)),
      { width: SIZE, height: SIZE, outside: 'replicate' },
      (outputs) => {
        const [white, black, asian, indian, other] = percentages(outputs.named('race_output'))
        return {
          race: { asian: asian!, indian: indian!, black: black!, white: white!, 'middle eastern': other! / 2, 'latino hispanic': other! / 2 }
        }
      }
    )
  }
}

/** A softmax as percentages. */
const percentages = (probabilities: Float32Array): number[] => Array.from(probabilities, (p) => 100 * p)
