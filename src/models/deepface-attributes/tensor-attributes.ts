import { resizePlane } from '../../image/opencv/resize-plane.ts'
import type { Session } from '../../onnx/session.ts'
import type { Attributes } from '../../pipelines/contract.ts'
import type { TensorAttributes } from '../../pipelines/deepface/deepface-models.ts'
import type { Card } from '../card.ts'
import { graphConversion } from '../model-files.ts'
import { runTensors, unscaled } from '../run-tensors.ts'
import { EMOTION_SIDE, SIDE } from './input-sides.ts'

const { fround } = Math

/** An attribute network of DeepFace's as its `analyze` calls it, on the letterboxed face as it is. */
export const tensorAttributes = (session: Session, card: Card, read: (softmax: Float32Array) => Attributes): TensorAttributes => ({
  async describe (tensors) {
    const { input } = graphConversion(card)
    return (await runTensors(session, tensors.map((tensor) => unscaled(tensor, input)), [SIDE, SIDE, 3])).map(read)
  }
})

/** The same for emotions, on the letterboxed face in grey and resized to 48 × 48 pixels, including the black around it. */
export const emotionAsDeepface = (session: Session, card: Card, read: (softmax: Float32Array) => Attributes): TensorAttributes => ({
  async describe (tensors) {
    const planes = tensors.map((tensor) => resizePlane({ width: SIDE, height: SIDE, data: grey(tensor) }, EMOTION_SIDE, EMOTION_SIDE).data)
    const { input } = graphConversion(card)
    return (await runTensors(session, planes.map((plane) => unscaled(plane, input)), [EMOTION_SIDE, EMOTION_SIDE, 1])).map(read)
  }
})

/** Brightness of BGR pixels: OpenCV's `cvtColor` with BGR2GRAY on float32. */
export function grey (tensor: Float32Array): Float32Array {
  const plane = new Float32Array(tensor.length / 3)
  for (let i = 0; i < plane.length; i++) plane[i] = fround(0.114) * tensor[3 * i]! + fround(0.587) * tensor[3 * i + 1]! + fround(0.299) * tensor[3 * i + 2]!
  return plane
}
