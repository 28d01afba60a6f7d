import type { Output } from '../../onnx/session.ts'

const { exp, fround, max, min } = Math

/** Pixels a cell. */
const STRIDE = 4

/** DeepFace's thresholds: cells at or below the heat hold no face; of two faces with at least this overlap the hotter one stays. */
const HEAT = 0.35
const OVERLAP = 0.3

/** The network's outputs, [1, channels, rows, columns], a cell every four pixels. */
export interface Maps {
  /** One channel: that a face has its centre here, 0..1. */
  readonly heat: Output
  /** Two: logarithms of height and width in cells. */
  readonly scales: Output
  /** Two: centre from the cell's, y and x, in cells. */
  readonly offsets: Output
  /** Ten: y and x of five points, from the box's upper left corner, in box heights and widths: right eye, left eye, nose, right and left corner of the mouth, the person's. */
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
 * Faces, hottest first, in pixels of a picture by whose `ratio` the network's input of `size` is larger. The authors'
 * `prj-python/centerface.py`, in float32 as there.
 */
export function decode ({ heat, scales, offsets, points }: Maps, size: { width: number, height: number }, ratio: { x: number, y: number }): Centre[] {
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

/** Where a box of `side` pixels about the centre of a cell begins, inside the picture. */
const corner = (cell: number, offset: number, side: number, most: number): number =>
  min(max(0, fround(fround(fround(fround(cell + offset) + 0.5) * STRIDE) - fround(side / 2))), most)

function nmsCenterface (faces: readonly Centre[]): Centre[] {
  const kept: Centre[] = []
  for (const face of [...faces].sort((p, q) => q.score - p.score)) {
    if (kept.every((better) => overlap(better, face) < OVERLAP)) kept.push(face)
  }
  return kept
}

/** Intersection over union of boxes whose last pixels belong to them. */
function overlap (p: Centre, q: Centre): number {
  const w = max(0, min(p.x2, q.x2) - max(p.x1, q.x1) + 1)
  const h = max(0, min(p.y2, q.y2) - max(p.y1, q.y1) + 1)
  return w * h / (area(p) + area(q) - w * h)
}

const area = ({ x1, y1, x2, y2 }: Centre): number => (x2 - x1 + 1) * (y2 - y1 + 1)
