import { type Canvas, cropCanvas, toCanvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Point } from '../../math/point.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { Detector } from '../../pipelines/contract.ts'
import type { CanvasDetector, CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { inPasses, pointsOf } from '../../pipelines/native/passes.ts'
import { padToMultiple } from '../input-multiple.ts'
import { decodeLevel, nmsYunet, type Row, SCORE, STRIDES } from './decode-yunet.ts'

/** DeepFace's longest side, in pixels; larger pictures are shrunk to it. */
const LONGEST = 640

/** Least score in the native pipeline. At DeepFace's 0.9 many small faces are missed. */
const NATIVE_SCORE = 0.7

const { trunc } = Math

/**
 * YuNet as DeepFace calls it (`YuNet.py`, 0.0.100) through OpenCV's FaceDetectorYN: score at least 0.9, overlap at most 0.3.
 * Wu et al., "YuNet: A Tiny Millisecond-level Face Detector", 2023; the graph of OpenCV Zoo (`face_detection_yunet_2023mar.onnx`).
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs of each level: see `decode-yunet.ts`.
 */
export function yunet (session: Session): CanvasDetector {
  return {
    async find (canvas) {
      const { width, height } = canvas
      const ratio = width > LONGEST || height > LONGEST ? LONGEST / Math.max(width, height) : 1
      const rows = await detectRows(session, canvas, ratio)
      return rows.map((row) => toFace(row, ratio))
    }
  }
}

/**
 * Side of the smallest face that it finds, in pixels of its input: 16 of 16 portraits at 20 pixels, 15 at 16 (photos of DeepFace's tests,
 * shrunk).
 */
const FACE = 28

/** YuNet for the native pipeline: faces with a score of at least 0.7, with all five landmarks. */
export const nativeYunet = (session: Session): Detector => inPasses({ longest: LONGEST, face: FACE }, detectOnce(session), detectOnce(session))

/** Runs the network once. Returns faces of at least the score `least` in pixels of `image`, best first. */
export const detectOnce = (session: Session, least = NATIVE_SCORE): DetectOnce => async (image) => {
  const rows = await detectRows(session, toCanvas(image), 1, Math.fround(least))
  return rows.map(({ x, y, w, h, points, score }) => ({ box: { x, y, w, h }, landmarks: pointsOf(points), score }))
}

/** Runs the network on `canvas` resized by `ratio`. Returns faces in pixels of the resized picture. */
export async function detectRows (session: Session, canvas: Canvas, ratio: number, threshold = SCORE): Promise<Row[]> {
  const { width, height } = canvas
  const image = ratio === 1
    ? cropCanvas(canvas, 0, 0, width, height)
    : resizeUint8(canvas, Math.max(1, trunc(width * ratio)), Math.max(1, trunc(height * ratio)))
  const input = padToMultiple(image)
  const outputs = await session.run(input.data, [1, input.height, input.width, 3])
  const found = STRIDES.flatMap((stride) => decodeLevel(stride, input.width / stride, {
    faces: output(outputs, `cls_${stride}`).data,
    objects: output(outputs, `obj_${stride}`).data,
    boxes: output(outputs, `bbox_${stride}`).data,
    points: output(outputs, `kps_${stride}`).data
  }, threshold))
  return nmsYunet(found, threshold)
}

/**
 * In pixels of the canvas, as DeepFace computes them: truncated before and after the division, and a negative corner becomes 0 before it
 * while the size stays the same.
 */
function toFace ({ x, y, w, h, points, score }: Row, ratio: number): CanvasFace {
  const back = (value: number): number => ratio === 1 ? trunc(value) : trunc(trunc(value) / ratio)
  const point = (i: number): Point => [back(points[2 * i]!), back(points[2 * i + 1]!)]
  // The network's first point is the eye at the viewer's left: the person's right one.
  return { x: back(Math.max(x, 0)), y: back(Math.max(y, 0)), w: back(w), h: back(h), rightEye: point(0), leftEye: point(1), confidence: score }
}
