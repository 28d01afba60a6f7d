import { type Box, iou } from '../../math/box.ts'
import type { Point } from '../../math/point.ts'
import type { Output } from '../../onnx/session.ts'

const { exp, fround, max, min } = Math

/** Side of the input, in pixels. */
export const SIDE = 128

/**
 * Least score of a face. DeepFace asks MediaPipe 0.10.21 for 0.7, which never reaches the graph: the default of
 * `face_detection_short_range.pbtxt` applies.
 */
const SCORE = 0.5

/** Detections that overlap the best by more than this are averaged with it (`face_detection.pbtxt`). */
const OVERLAP = 0.3

/** Raw scores are clipped to ± this before the sigmoid. */
const LARGEST_RAW = 100

/** Pixels from cell to cell of each map, and anchors a cell (`SsdAnchorsCalculator` merges layers of one stride). */
const MAPS = [{ stride: 8, anchors: 2 }, { stride: 16, anchors: 6 }] as const

/** Anchors of the 896 rows: the middle of each cell, in sides of the input. Every anchor has size 1. */
const ANCHORS: readonly Point[] = MAPS.flatMap(({ stride, anchors }) => {
  const cells = SIDE / stride
  return Array.from({ length: cells * cells * anchors }, (_, i): Point => {
    const cell = Math.floor(i / anchors)
    return [(cell % cells + 0.5) / cells, (Math.floor(cell / cells) + 0.5) / cells]
  })
})

/** Number of values of a row: centre, size, then six points. */
const VALUES = 16

/** A face in sides of the input, letterbox included. */
export interface Blaze {
  readonly box: Box
  /** The person's right eye and left eye, tip of the nose, middle of the mouth, right and left ear. */
  readonly points: readonly Point[]
  /** Score of the best of the faces that were averaged. */
  readonly score: number
}

/**
 * Decodes faces, best first. `boxes`: `regressors` [1, 896, 16]; `scores`: `classificators` [1, 896, 1], before the sigmoid. MediaPipe's
 * `tensors_to_detections_calculator.cc` and `non_max_suppression_calculator.cc`, in float32 as there.
 */
export function decode (boxes: Output, scores: Output): Blaze[] {
  const found = ANCHORS.flatMap(([ax, ay], i) => {
    const raw = min(max(scores.data[i]!, -LARGEST_RAW), LARGEST_RAW)
    const score = fround(1 / fround(1 + fround(exp(-raw))))
    if (!(score >= SCORE)) return []
    const point = (k: number): Point => [
      fround(boxes.data[i * VALUES + k]! / SIDE + ax),
      fround(boxes.data[i * VALUES + k + 1]! / SIDE + ay)
    ]
    const [cx, cy] = point(0)
    const [halfW, halfH] = [boxes.data[i * VALUES + 2]! / SIDE / 2, boxes.data[i * VALUES + 3]! / SIDE / 2]
    const [x, y] = [fround(cx - halfW), fround(cy - halfH)]
    const [w, h] = [fround(fround(cx + halfW) - x), fround(fround(cy + halfH) - y)]
    if (w < 0 || h < 0) return []
    return [{ box: { x, y, w, h }, points: [4, 6, 8, 10, 12, 14].map(point), score }]
  })
  return average(found.sort((p, q) => q.score - p.score))
}

/** Weighted non-maximum suppression: the best face takes the mean of all that overlap it, weighted by their scores. */
function average (faces: readonly Blaze[]): Blaze[] {
  const kept: Blaze[] = []
  let rest = faces
  while (rest.length > 0) {
    const best = rest[0]!
    const same = rest.filter(({ box }) => iou(box, best.box) > OVERLAP)
    if (same.length === 0) return [...kept, best]
    const total = same.reduce((sum, { score }) => fround(sum + score), 0)
    const mean = (value: (face: Blaze) => number): number =>
      fround(same.reduce((sum, face) => fround(sum + fround(value(face) * face.score)), 0) / total)
    const [x, y] = [mean(({ box }) => box.x), mean(({ box }) => box.y)]
    kept.push({
      box: { x, y, w: fround(mean(({ box }) => fround(box.x + box.w)) - x), h: fround(mean(({ box }) => fround(box.y + box.h)) - y) },
      points: best.points.map((_, k) => [mean(({ points }) => points[k]![0]), mean(({ points }) => points[k]![1])]),
      score: best.score
    })
    rest = rest.filter(({ box }) => iou(box, best.box) <= OVERLAP)
  }
  return kept
}
