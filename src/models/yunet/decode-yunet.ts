import { iou } from '../../math/box.ts'

const { fround, max, min, trunc } = Math

/** Side of a cell of each of the three levels, in pixels of the input. */
export const STRIDES = [8, 16, 32] as const

/** DeepFace's thresholds: least score of a face, and intersection over union above which the better one of two is kept. */
export const SCORE = fround(0.9)
const OVERLAP = 0.3

/** Number of best faces that are compared. DeepFace's `top_k`. */
const MOST = 5000

/** Values of one level, row by row of its cells. */
export interface Level {
  /** Probabilities, one a cell, of a face and of an object, 0..1. */
  readonly faces: Float32Array
  readonly objects: Float32Array
  /** Four values a cell: centre relative to the cell, and logarithms of width and height, in cells. */
  readonly boxes: Float32Array
  /**
   * Ten values a cell: right eye, left eye, nose, right and left corner of the mouth, relative to the cell, in cells; right and left are
   * the person's.
   */
  readonly points: Float32Array
}

/** A face in pixels of the network's input, float32. */
export interface Row {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  /** x and y of the five points, in the order of `Level`. */
  readonly points: Float32Array
  readonly score: number
}

/** Decodes the faces of one level of `columns` cells a row. OpenCV 4.11, `objdetect/src/face_detect.cpp`, in float32 as there. */
export function decodeLevel (stride: number, columns: number, { faces, objects, boxes, points }: Level, threshold = SCORE): Row[] {
  const found: Row[] = []
  for (let i = 0; i < faces.length; i++) {
    const score = fround(Math.sqrt(fround(clamp(faces[i]!) * clamp(objects[i]!))))
    if (score < threshold) continue
    const column = i % columns
    const row = trunc(i / columns)
    const w = fround(fround(Math.exp(boxes[4 * i + 2]!)) * stride)
    const h = fround(fround(Math.exp(boxes[4 * i + 3]!)) * stride)
    found.push({
      x: fround(fround(fround(column + boxes[4 * i]!) * stride) - fround(w / 2)),
      y: fround(fround(fround(row + boxes[4 * i + 1]!) * stride) - fround(h / 2)),
      w,
      h,
      points: points.slice(10 * i, 10 * i + 10).map((value, k) => fround(value + (k % 2 === 0 ? column : row)) * stride),
      score
    })
  }
  return found
}

const clamp = (value: number): number => max(0, min(1, value))

/** OpenCV's `NMSBoxes` on boxes in whole pixels: best first, equal scores in their order. A single face's score is not compared again. */
export function nmsYunet (rows: readonly Row[], threshold = SCORE): Row[] {
  if (rows.length <= 1) return [...rows]
  const whole = ({ x, y, w, h }: Row) => ({ x: trunc(x), y: trunc(y), w: trunc(w), h: trunc(h) })
  const kept: Row[] = []
  for (const row of rows.filter(({ score }) => score > threshold).sort((p, q) => q.score - p.score).slice(0, MOST)) {
    if (kept.every((better) => iou(whole(better), whole(row)) <= OVERLAP)) kept.push(row)
  }
  return kept
}
