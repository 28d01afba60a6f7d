import { square } from '../../math/box.ts'
import { EMOTIONS, type Emotion } from '../../names.ts'
import type { Session } from '../../onnx/session.ts'
import type { AttributeModel, Detection, Framing } from '../../pipelines/contract.ts'
import { boxToCrop, mirrorImage } from '../../pipelines/native/align.ts'
import { runCrops } from '../../pipelines/native/run-crops.ts'

/** Side of the input, in pixels. */
const SIZE = 64

/**
 * The networks are sensitive to the crop, and detectors differ in how tight their boxes are, so both run on three crops of each face and
 * their mirror images: squares of these multiples of the longer side of the box, moved down by a fraction of it. Chosen on every second
 * of the FER-2013 photos behind `retinaface` and `yunet-mesh`; on all of them the mean over the classes is 57.6 and 57.7 %, where the first
 * network alone, on three crops at 0.9, has 55.4 and 49.6.
 */
const FRAMES = { factors: [0.85, 0.95, 1], down: 0.08 } as const

/**
 * Number of training faces of each emotion, in the order of EMOTIONS: FER-2013's training part (Goodfellow et al., "Challenges in
 * Representation Learning", 2013, arXiv:1307.0414). The network is biased towards the frequent ones.
 */
const TRAINED = [3995, 436, 4097, 7215, 4830, 3171, 4965]

/**
 * Share of that bias that is removed, 0..1. With 1 the answer would be right for photos that show each emotion equally often, which
 * photos do not. With one network, one half raised the mean over the classes on the development photos from 52.4 to 55.1 %.
 */
const DEBIASED = 0.5

/**
 * Two mini_XCEPTIONs: seven emotions, the mean of their softmaxes.
 * Arriaga et al., "Real-time Convolutional Neural Networks for Emotion and Gender Classification", 2017, arXiv:1710.07557;
 * weights as vladmandic/human and the paper's authors publish them.
 *
 * Input uint8[n, 64, 64, 1] grey. Output float32[n, 7], a softmax in the order of EMOTIONS.
 */
export function emotion (sessions: readonly Session[]): AttributeModel {
  return {
    async describe (picture, faces, framing) {
      const crops = faces.map((face) => cropsOf(face, framing))
      const options = { width: SIZE, height: SIZE, outside: 'replicate', grey: true } as const
      const softmaxes: Float32Array[][] = []
      for (const session of sessions) softmaxes.push(await runCrops(session, picture, crops.flat(), options, (outputs) => outputs.only().slice()))
      return crops.map((own, i) => ({ emotion: scores(softmaxes.flatMap((ofNetwork) => ofNetwork.slice(i * own.length, (i + 1) * own.length))) }))
    }
  }
}

function cropsOf ({ box, landmarks }: Detection, { align, expandPercentage }: Framing) {
  return FRAMES.factors.flatMap((factor) => {
    const crop = { toCrop: boxToCrop(square(box, factor * (1 + expandPercentage / 100), FRAMES.down), landmarks, SIZE, SIZE, align) }
    return [crop, mirrorImage(crop, SIZE)]
  })
}

/** Percentages from the softmaxes of both networks on all crops of one face. */
export function scores (softmaxes: readonly Float32Array[]): Record<Emotion, number> {
  const weights = EMOTIONS.map((_, i) => softmaxes.reduce((sum, softmax) => sum + softmax[i]!, 0) / TRAINED[i]! ** DEBIASED)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return Object.fromEntries(EMOTIONS.map((name, i) => [name, 100 * weights[i]! / total])) as Record<Emotion, number>
}
