import type { Point } from '../../math/point.ts'
import type { Output } from '../../onnx/session.ts'
import type { Detection } from '../../pipelines/contract.ts'

/**
 * The pyramid of the MobileNet-0.25 network: at each stride two square anchors, sides in pixels of the input, centred on
 * (7.5, 7.5) + stride × cell. InsightFace `retinaface.py`, `generate_anchors_fpn2` with base size 16, ratio 1 and scales
 * 32·16, 8·4, 2·1.
 */
export const LEVELS = [
  { stride: 32, sides: [512, 256] },
  { stride: 16, sides: [128, 64] },
  { stride: 8, sides: [32, 16] }
] as const

const CENTRE = 7.5

/** Landmark offsets were divided by this when the "cov2" networks were trained (`landmark_std = 0.2`, halved here: 2/11). */
const LANDMARK_STD = 0.18181818

/** Logarithms of sizes are clipped to this, because exp would overflow; InsightFace trains with values far below. */
const LARGEST_LOG = 8

export interface LevelOutputs {
  /** [1, 4, rows, columns]: background of each anchor, then face of each. */
  readonly scores: Output
  /** [1, 8, rows, columns]: dx, dy, dw, dh of each anchor. */
  readonly boxes: Output
  /** [1, 20, rows, columns]: five times dx, dy of each anchor. */
  readonly landmarks: Output
}

/** Faces of one level whose score is at least `threshold`, in pixels of the network's input. */
export function decodeLevel ({ stride, sides }: typeof LEVELS[number], { scores, boxes, landmarks }: LevelOutputs, threshold: number): Detection[] {
  const [, , rows = 0, columns = 0] = scores.dims
  const plane = rows * columns
  const found: Detection[] = []
  for (const [a, side] of sides.entries()) {
    for (let cell = 0; cell < plane; cell++) {
      const score = scores.data[(sides.length + a) * plane + cell]!
      if (!(score >= threshold)) continue
      const cx = CENTRE + stride * (cell % columns)
      const cy = CENTRE + stride * Math.floor(cell / columns)
      const box = (i: number) => boxes.data[(a * 4 + i) * plane + cell]!
      const w = side * Math.exp(Math.min(box(2), LARGEST_LOG))
      const h = side * Math.exp(Math.min(box(3), LARGEST_LOG))
      const x = cx + side * box(0) - w / 2
      const y = cy + side * box(1) - h / 2
      const reach = side * LANDMARK_STD + 1
      const point = (i: number): Point => [
        cx + reach * landmarks.data[(a * 10 + 2 * i) * plane + cell]!,
        cy + reach * landmarks.data[(a * 10 + 2 * i + 1) * plane + cell]!
      ]
      found.push({ box: { x, y, w, h }, landmarks: [point(0), point(1), point(2), point(3), point(4)], score })
    }
  }
  return found
}
