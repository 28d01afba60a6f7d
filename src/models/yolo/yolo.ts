import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Landmarks, Point } from '../../math/point.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { CanvasFace, FindEyes } from '../../pipelines/deepface/deepface-models.ts'
import { type FoundFace, forBothPipelines } from '../both-pipelines.ts'
import type { BothPipelines } from '../family.ts'
import { decode, STRIDES } from './decode-yolo.ts'
import { letterbox, SIDE } from './letterbox.ts'

const { fround, max, min, trunc } = Math

/** Side of the smallest face that it surely finds, in pixels of its input: three cells of its finest level. */
const FACE = 24

/**
 * YOLOv8, YOLO11 and YOLO12 for faces as DeepFace calls them (`Yolo.py`, 0.0.100) through ultralytics' `predict`. See
 * `src/converter/networks/yolo.ts`. Only yolov8n returns points; for the others DeepFace finds the eyes with a cascade.
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32.
 */
export const yolo = (session: Session, findEyes: FindEyes): BothPipelines =>
  forBothPipelines({ find: (canvas) => detectFaces(session, canvas), toFace, sizes: { side: SIDE, face: FACE }, findEyes })

/** Runs the network on the canvas. Returns faces in pixels of the canvas, clipped to it, best first. */
export async function detectFaces (session: Session, canvas: Canvas): Promise<FoundFace[]> {
  const { image: { width, height, data }, gain, boxes, points: origin } = letterbox(canvas)
  const outputs = await session.run(data, [1, height, width, 3])
  const rows = decode(STRIDES.map((stride) => ({
    stride,
    scores: output(outputs, `scores_${stride}`),
    boxes: output(outputs, `boxes_${stride}`),
    points: outputs.get(`points_${stride}`)
  })))
  const back = (value: number, start: number, size: number): number =>
    min(max(fround(fround(value - fround(start)) / fround(gain)), 0), size)
  return rows.map(({ x1, y1, x2, y2, points, score }) => ({
    x1: back(x1, boxes.x, canvas.width),
    y1: back(y1, boxes.y, canvas.height),
    x2: back(x2, boxes.x, canvas.width),
    y2: back(y2, boxes.y, canvas.height),
    points: points?.map(([x, y]): Point => [back(x, origin.x, canvas.width), back(y, origin.y, canvas.height)]) as Landmarks | undefined,
    score
  }))
}

/** Truncated to whole pixels; the corner is computed from the centre. */
function toFace ({ x1, y1, x2, y2, points, score }: FoundFace): CanvasFace {
  const [w, h] = [fround(x2 - x1), fround(y2 - y1)]
  const [x, y] = [fround(fround(x1 + x2) / 2), fround(fround(y1 + y2) / 2)]
  const [rightEye, leftEye] = points?.map(([px, py]): Point => [trunc(px), trunc(py)]) ?? []
  return { x: trunc(x - w / 2), y: trunc(y - h / 2), w: trunc(w), h: trunc(h), leftEye, rightEye, confidence: score }
}
