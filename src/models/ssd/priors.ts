import type { Output } from '../../onnx/session.ts'
import type { Box } from '../../math/box.ts'

/**
 * The prior boxes of res10_300x300_ssd: every `step` pixels of the 300 × 300 input, boxes of these sides and ratios (OpenCV 3.4,
 * samples/dnn/face_detector/deploy.prototxt, its PriorBox layers). `cells` is the number of cells in a row and in a column.
 */
export const LEVELS = [
  { cells: 38, step: 8, least: 30, most: 60, ratios: [2] },
  { cells: 19, step: 16, least: 60, most: 111, ratios: [2, 3] },
  { cells: 10, step: 32, least: 111, most: 162, ratios: [2, 3] },
  { cells: 5, step: 64, least: 162, most: 213, ratios: [2, 3] },
  { cells: 5, step: 100, least: 213, most: 264, ratios: [2] },
  { cells: 5, step: 300, least: 264, most: 315, ratios: [2] }
] as const

/** Side of the input, in pixels. */
export const SIDE = 300

/** Divisors of the offsets in training (`variance` of the PriorBox layers), for centre and size. */
const VARIANCES = [0.1, 0.2] as const

/** A box from which the network predicts the offset of a face: centre and size, in pixels of the input. */
interface Prior { readonly cx: number, readonly cy: number, readonly w: number, readonly h: number }

/** The shapes at each cell: two squares, then each ratio wide and tall (caffe of Liu et al., SSD, ECCV 2016: layers/prior_box_layer.cpp). */
const shapes = ({ least, most, ratios }: typeof LEVELS[number]): Array<[w: number, h: number]> => [
  [least, least],
  [Math.sqrt(least * most), Math.sqrt(least * most)],
  ...ratios.flatMap((ratio): Array<[number, number]> => {
    const [long, short] = [least * Math.sqrt(ratio), least / Math.sqrt(ratio)]
    return [[long, short], [short, long]]
  })
]

/** All 8892 priors, in the order of the network's outputs. */
export const PRIORS: readonly Prior[] = LEVELS.flatMap((level) => {
  const { cells, step } = level
  return Array.from({ length: cells * cells }, (_, cell) =>
    shapes(level).map(([w, h]) => ({ cx: (cell % cells + 0.5) * step, cy: (Math.floor(cell / cells) + 0.5) * step, w, h }))).flat()
})

/**
 * Decodes the faces of a batch of one whose score is at least `threshold`, in pixels of the input. `offsets` is `mbox_loc`
 * [1, 4 · priors]: dx, dy, dw, dh; `scores` is `mbox_conf_flatten` [1, 2 · priors]: background, face.
 */
export function decode (offsets: Output, scores: Output, threshold: number): Array<{ readonly box: Box, readonly score: number }> {
  const [shift, stretch] = VARIANCES
  return PRIORS.flatMap(({ cx, cy, w, h }, i) => {
    const score = scores.data[2 * i + 1]!
    if (!(score >= threshold)) return []
    const [dx, dy, dw, dh] = offsets.data.subarray(4 * i, 4 * i + 4) as unknown as [number, number, number, number]
    const [width, height] = [w * Math.exp(stretch * dw), h * Math.exp(stretch * dh)]
    return [{ box: { x: cx + shift * dx * w - width / 2, y: cy + shift * dy * h - height / 2, w: width, h: height }, score }]
  })
}
