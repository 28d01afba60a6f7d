import { compose } from '../../math/affine.ts'
import { square } from '../../math/box.ts'
import { EMOTIONS, type Emotion } from '../../names.ts'
import type { Session } from '../../onnx/session.ts'
import type { AttributeModel, Detection, Framing } from '../../pipelines/contract.ts'
import { boxToCrop } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'

/** Side of the input, in pixels. */
const SIZE = 64

/**
 * The network is sensitive to the frame, so each face is looked at in three, and mirrored: squares of `factor` × the longer side
 * of the box, moved down by these parts of it. On the FER-2013 development photos that is worth half a point to one frame's.
 */
const FRAMES = { factor: 0.9, down: [0, 0.05, 0.1] } as const

/** Swaps left and right of a crop. */
const MIRROR = { a: -1, b: 0, tx: SIZE - 1, c: 0, d: 1, ty: 0 }

/**
 * Faces of each emotion, in the order of EMOTIONS, that the network was trained on: FER-2013's training part (Goodfellow et al.,
 * "Challenges in Representation Learning", 2013, arXiv:1307.0414). What it saw seldom it says seldom.
 */
const SHOWN = [3995, 436, 4097, 7215, 4830, 3171, 4965]

/**
 * How much of that habit is taken back, 0..1: one would answer for photos that show each emotion as often, which photos do not.
 * On the development photos one half moves the mean of the classes from 52.4 to 55.1 %.
 */
const EVENED = 0.5

/**
 * mini_XCEPTION: seven emotions.
 * Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017, arXiv:1710.07557;
 * weights as vladmandic/human publishes them.
 *
 * Input uint8[n, 64, 64, 1] grey. Output float32[n, 7], a softmax in the order of EMOTIONS.
 */
export function emotion (session: Session): AttributeModel {
  return {
    async describe (picture, faces, framing) {
      const crops = faces.map((face) => cropsOf(face, framing))
      const all = await runCrops(session, picture, crops.flat(), { width: SIZE, height: SIZE, outside: 'replicate', grey: true }, (outputs) => outputs.only().slice())
      return crops.map((own, i) => ({ emotion: scores(all.slice(i * own.length, (i + 1) * own.length)) }))
    }
  }
}

function cropsOf ({ box, landmarks }: Detection, { align, expandPercentage }: Framing) {
  return FRAMES.down.flatMap((down) => {
    const crop = boxToCrop(square(box, FRAMES.factor * (1 + expandPercentage / 100), down), landmarks, SIZE, SIZE, align)
    return [{ toCrop: crop }, { toCrop: compose(MIRROR, crop) }]
  })
}

/** Percentages from the softmax of each crop of one face. */
export function scores (softmaxes: readonly Float32Array[]): Record<Emotion, number> {
  const weights = EMOTIONS.map((_, i) => softmaxes.reduce((sum, softmax) => sum + softmax[i]!, 0) / SHOWN[i]! ** EVENED)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Object.fromEntries(EMOTIONS.map((name, i) => [name, 100 * weights[i]! / total])) as Record<Emotion, number>
}
