import type { Output } from '../../onnx/session.ts'

const { exp, fround, max, min } = Math

/** DeepFace's least score: `threshold` of retina-face's `detect_faces`. */
const SCORE = fround(0.9)

/** Intersection over union from which two boxes are one face; the better one is kept. */
const OVERLAP = 0.4

/** Two square anchors a cell at each stride, by their first and last pixel at cell (0, 0). `_anchors_fpn` of retina-face 0.0.17. */
export const LEVELS = [
  { stride: 32, anchors: [{ first: -248, last: 263 }, { first: -120, last: 135 }] },
  { stride: 16, anchors: [{ first: -56, last: 71 }, { first: -24, last: 39 }] },
  { stride: 8, anchors: [{ first: -8, last: 23 }, { first: 0, last: 15 }] }
] as const

/** Maps of one level, one cell every `stride` pixels. */
export interface Level {
  /** [1, 4, rows, columns]: background of each anchor, then face of each, 0..1. */
  readonly scores: Output
  /** [1, 8, rows, columns]: dx, dy, dw, dh of each anchor, in its sides. */
  readonly boxes: Output
  /** [1, 20, rows, columns]: five times dx, dy of each anchor. */
  readonly points: Output
}

/** A face in pixels of the picture, last pixels included. */
export interface Row {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** x and y of right eye, left eye, nose, right and left corner of the mouth; right and left are the person's. */
  readonly points: Float32Array
  readonly score: number
}

/**
 * Decodes the faces of one level. The network's input has `size` and is `scale` times as large as the picture, in whose pixels faces are
 * returned. retina-face 0.0.17, `RetinaFace.py` and `commons/postprocess.py`: in doubles, then rounded to float32, as there.
 */
export function decodeLevel (
  { stride, anchors }: typeof LEVELS[number],
  { scores, boxes, points }: Level,
  size: { width: number, height: number },
  scale: number
): Row[] {
  const [, , rows = 0, columns = 0] = scores.dims
  const plane = rows * columns
  const inside = (value: number, side: number): number => max(min(value, side - 1), 0)
  const found: Row[] = []
  for (let cell = 0; cell < plane; cell++) {
    for (const [a, { first, last }] of anchors.entries()) {
      const score = scores.data[(anchors.length + a) * plane + cell]!
      if (!(score >= SCORE)) continue
      const side = last - first + 1
      const half = 0.5 * (side - 1)
      const ax = cell % columns * stride + first + half
      const ay = Math.floor(cell / columns) * stride + first + half
      const delta = (i: number): number => boxes.data[(a * 4 + i) * plane + cell]!
      const [cx, cy] = [delta(0) * side + ax, delta(1) * side + ay]
      const [reachX, reachY] = [0.5 * (fround(exp(delta(2))) * side - 1), 0.5 * (fround(exp(delta(3))) * side - 1)]
      const point = (k: number): number => fround(points.data[(a * 10 + k) * plane + cell]! * side + (k % 2 === 0 ? ax : ay)) / fround(scale)
      const across = (value: number): number => fround(inside(value, size.width) / scale)
      const down = (value: number): number => fround(inside(value, size.height) / scale)
      found.push({
        x1: across(cx - reachX),
        y1: down(cy - reachY),
        x2: across(cx + reachX),
        y2: down(cy + reachY),
        points: Float32Array.from({ length: 10 }, (_, k) => point(k)),
        score
      })
    }
  }
  return found
}

/** Non-maximum suppression, best first: `cpu_nms`, in float32. */
export function nmsResnet50 (faces: readonly Row[]): Row[] {
  const kept: Row[] = []
  for (const face of [...faces].sort((p, q) => q.score - p.score)) {
    if (kept.every((better) => overlap(better, face) < OVERLAP)) kept.push(face)
  }
  return kept
}

/** Intersection over union of boxes that include their last pixels. */
function overlap (p: Row, q: Row): number {
  const w = max(0, fround(fround(min(p.x2, q.x2) - max(p.x1, q.x1)) + 1))
  const h = max(0, fround(fround(min(p.y2, q.y2) - max(p.y1, q.y1)) + 1))
  const both = fround(w * h)
  return fround(both / fround(fround(area(p) + area(q)) - both))
}

const area = ({ x1, y1, x2, y2 }: Row): number => fround(fround(fround(x2 - x1) + 1) * fround(fround(y2 - y1) + 1))
