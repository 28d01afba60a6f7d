import type { Image } from '../../image/image.ts'
import { toCanvas, type Canvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Point } from '../../math/point.ts'
import { roundUp } from '../../math/round-up.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { Detector } from '../../pipelines/contract.ts'
import type { CanvasDetector, CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { singlePass, pointsOf } from '../../pipelines/native/single-pass.ts'
import { decodeLevel, type Row, SCORE, STRIDES, nmsYunet } from './decode-yunet.ts'

/** DeepFace's: what is larger in either direction is shrunk to it. */
const LONGEST = 640

/** At DeepFace's 0.9 many small faces are missed. */
const NATIVE_SCORE = Math.fround(0.7)

/** The network halves its input five times. */
const MULTIPLE = 32

const { trunc } = Math

/**
 * YuNet as DeepFace calls it (`YuNet.py`, 0.0.100) through OpenCV's FaceDetectorYN: score at least 0.9, overlap at most 0.3.
 * Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; the graph of OpenCV Zoo (`face_detection_yunet_2023mar.onnx`).
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs a level: see `decode.ts`.
 */
export function yunet (session: Session): CanvasDetector {
  return {
    async find (canvas) {
      const { width, height } = canvas
      const ratio = width > LONGEST || height > LONGEST ? LONGEST / Math.max(width, height) : 1
      const rows = await detectRows(session, canvas, ratio)
      return rows.map((row) => face(row, ratio))
    }
  }
}

/** YuNet for the native pipeline: faces with a score of at least 0.7, and all five landmarks. */
export const nativeYunet = (session: Session): Detector => singlePass(LONGEST, detectOnce(session))

export const detectOnce = (session: Session): DetectOnce => async (image) => {
  const rows = await detectRows(session, toCanvas(image), 1, NATIVE_SCORE)
  return rows.map(({ x, y, w, h, points, score }) => ({ box: { x, y, w, h }, landmarks: pointsOf(points), score }))
}

/** What the network finds in `canvas` shrunk by `ratio`, in pixels of that. */
export async function detectRows (session: Session, canvas: Canvas, ratio: number, threshold = SCORE): Promise<Row[]> {
  const { width, height } = canvas
  const image = ratio === 1 ? cropCanvas(canvas, 0, 0, width, height) : resizeUint8(canvas, Math.max(1, trunc(width * ratio)), Math.max(1, trunc(height * ratio)))
  const input = padded(image)
  const outputs = await session.run(input.data, [1, input.height, input.width, 3])
  const found = STRIDES.flatMap((stride) => decodeLevel(stride, input.width / stride, {
    faces: output(outputs, `cls_${stride}`).data,
    objects: output(outputs, `obj_${stride}`).data,
    boxes: output(outputs, `bbox_${stride}`).data,
    points: output(outputs, `kps_${stride}`).data
  }, threshold))
  return nmsYunet(found, threshold)
}

/** Black at the right and the bottom up to multiples of 32. */
const padded = (image: Image): Image => cropCanvas(toCanvas(image), 0, 0, roundUp(image.width, MULTIPLE), roundUp(image.height, MULTIPLE))

/** In pixels of the canvas. Whole before and after the division; what is negative becomes 0 before it, at unchanged size: all of this is DeepFace's. */
function face ({ x, y, w, h, points, score }: Row, ratio: number): CanvasFace {
  const back = (value: number): number => ratio === 1 ? trunc(value) : trunc(trunc(value) / ratio)
  const point = (i: number): Point => [back(points[2 * i]!), back(points[2 * i + 1]!)]
  // The network's first point is the eye at the viewer's left: the person's right one.
  return { x: back(Math.max(x, 0)), y: back(Math.max(y, 0)), w: back(w), h: back(h), rightEye: point(0), leftEye: point(1), confidence: score }
}
