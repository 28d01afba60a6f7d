import { bestFirst, type CornerBox, nmsPyTorch, overUnion } from '../../math/corner-boxes.ts'
import type { Point } from '../../math/point.ts'
import type { Output } from '../../onnx/session.ts'

const { exp, floor, fround } = Math

/** Side of a cell of each level, in pixels of the input. */
export const STRIDES = [8, 16, 32] as const

/** DeepFace's `YOLO_MIN_DETECTION_CONFIDENCE`, which scores must exceed. */
const SCORE = 0.25
/** ultralytics' intersection over union above which the better one of two faces is kept, and its largest number of faces. */
const OVERLAP = 0.7
const MOST = 300

/** Number of bins of the distribution that predicts one side of a box. */
const BINS = 16

/** The maps of one level; see `src/converter/networks/yolo.ts`. */
export interface Level {
  readonly stride: number
  readonly scores: Output
  readonly boxes: Output
  readonly points: Output | undefined
}

/** A face in pixels of the network's input. */
export interface Row extends CornerBox {
  /** Left eye, right eye, nose, left and right corner of the mouth, as the viewer sees them; undefined when the network has no points. */
  readonly points: readonly Point[] | undefined
}

/**
 * Decodes faces, best first, in float32 as ultralytics 8.3.203 does: `Detect` and `Pose` of `nn/modules/head.py`, `non_max_suppression` of
 * `utils/nms.py`.
 */
export function decode (levels: readonly Level[]): Row[] {
  return nmsPyTorch(bestFirst(levels.flatMap(rows)), OVERLAP, overUnion(fround)).slice(0, MOST)
}

function rows ({ stride, scores, boxes, points }: Level): Row[] {
  const columns = scores.dims[3]!
  const cells = scores.data.length
  const found: Row[] = []
  for (let i = 0; i < cells; i++) {
    const score = scores.data[i]!
    if (!(score > SCORE)) continue
    const [column, row] = [i % columns, floor(i / columns)]
    const [left, top, right, bottom] = [0, 1, 2, 3].map((side) => distance(boxes.data, side, i, cells)) as [number, number, number, number]
    const [x1, x2] = span(column + 0.5, left, right, stride)
    const [y1, y2] = span(row + 0.5, top, bottom, stride)
    found.push({ x1, y1, x2, y2, score, points: points && pointsOf(points.data, i, cells, { column, row, stride }) })
  }
  return found
}

/** Expected distance of a side from the middle of the cell, in cells. Li et al., "Generalized Focal Loss", 2020, arXiv:2006.04388. */
function distance (data: Float32Array, side: number, cell: number, cells: number): number {
  const logits = Array.from({ length: BINS }, (_, bin) => data[(side * BINS + bin) * cells + cell]!)
  const most = Math.max(...logits)
  const weights = logits.map((logit) => exp(logit - most))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return fround(weights.reduce((sum, weight, bin) => sum + bin * weight, 0) / total)
}

/** First and last coordinate of a box along one axis, in pixels, computed from its centre and size as ultralytics does. */
function span (middle: number, before: number, after: number, stride: number): [number, number] {
  const [from, to] = [fround(middle - before), fround(middle + after)]
  const centre = fround(fround(from + to) / 2) * stride
  const size = fround(to - from) * stride
  return [fround(centre - size / 2), fround(centre + size / 2)]
}

function pointsOf (
  data: Float32Array,
  cell: number,
  cells: number,
  { column, row, stride }: { readonly column: number, readonly row: number, readonly stride: number }
): Point[] {
  const value = (channel: number): number => data[channel * cells + cell]!
  return [0, 1, 2, 3, 4].map((i): Point => [
    fround(fround(value(3 * i) * 2) + column) * stride,
    fround(fround(value(3 * i + 1) * 2) + row) * stride
  ])
}
