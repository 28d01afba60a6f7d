import type { Output } from '../../onnx/session.ts'

const { exp, fround, max, min } = Math

/** Side of a cell, in pixels of the input. */
const STRIDE = 4

/** DeepFace's thresholds: cells at or below this heat hold no face; of two faces that overlap by at least this the hotter one is kept. */
const HEAT = 0.35
const OVERLAP = 0.3

/** The outputs of the network, [1, channels, rows, columns], one cell every four pixels. */
export interface Maps {
  /** One channel: probability that the centre of a face is here, 0..1. */
  readonly heat: Output
  /** Two channels: logarithms of height and width, in cells. */
  readonly scales: Output
  /** Two channels: y and x of the centre relative to the cell's, in cells. */
  readonly offsets: Output
  /**
   * Ten channels: y and x of five points, from the upper left corner of the box, in box heights and widths: right eye, left eye, nose,
   * right and left corner of the mouth, right and left being the person's.
   */
  readonly points: Output
}

export interface Centre {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** x and y of the five points. */
  readonly points: Float32Array
  readonly score: number
}

/**
 * Decodes faces, hottest first. The network's input has `size` and is `ratio` times as large as the picture, in whose pixels faces are
 * returned. The authors' `prj-python/centerface.py`, in float32 as there.
 */
export function decode (
  { heat, scales, offsets, points }: Maps,
  size: { width: number, height: number },
  ratio: { x: number, y: number }
): Centre[] {
  const columns = heat.dims[3]!
  const cells = heat.data.length
  const found: Centre[] = []
  for (let i = 0; i < cells; i++) {
    const score = heat.data[i]!
    if (!(score > HEAT)) continue
    const h = fround(fround(exp(scales.data[i]!)) * STRIDE)
    const w = fround(fround(exp(scales.data[cells + i]!)) * STRIDE)
    const x1 = corner(i % columns, offsets.data[cells + i]!, w, size.width)
    const y1 = corner(Math.floor(i / columns), offsets.data[i]!, h, size.height)
    found.push({
      x1,
      y1,
      x2: min(fround(x1 + w), size.width),
      y2: min(fround(y1 + h), size.height),
      points: Float32Array.from({ length: 10 }, (_, k) => k % 2 === 0
        ? fround(points.data[(k + 1) * cells + i]! * w) + x1
        : fround(points.data[(k - 1) * cells + i]! * h) + y1),
      score
    })
  }
  return nmsCenterface(found).map((face) => ({
    score: face.score,
    x1: fround(face.x1 / ratio.x),
    y1: fround(face.y1 / ratio.y),
    x2: fround(face.x2 / ratio.x),
    y2: fround(face.y2 / ratio.y),
    points: face.points.map((value, k) => value / (k % 2 === 0 ? ratio.x : ratio.y))
  }))
}

/** First pixel of a box of `side` pixels around the centre of a cell, clamped to the picture. */
const corner = (cell: number, offset: number, side: number, most: number): number =>
  min(max(0, fround(fround(fround(fround(cell + offset) + 0.5) * STRIDE) - fround(side / 2))), most)

function nmsCenterface (faces: readonly Centre[]): Centre[] {
  const kept: Centre[] = []
  for (const face of [...faces].sort((p, q) => q.score - p.score)) {
    if (kept.every((better) => overlap(better, face) < OVERLAP)) kept.push(face)
  }
  return kept
}

/** Intersection over union of boxes that include their last pixels. */
function overlap (p: Centre, q: Centre): number {
  const w = max(0, min(p.x2, q.x2) - max(p.x1, q.x1) + 1)
  const h = max(0, min(p.y2, q.y2) - max(p.y1, q.y1) + 1)
  return w * h / (area(p) + area(q) - w * h)
}

const area = ({ x1, y1, x2, y2 }: Centre): number => (x2 - x1 + 1) * (y2 - y1 + 1)
