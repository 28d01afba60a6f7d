import { roundHalfEven } from '../../math/rounding.ts'
import type { Image } from '../image.ts'
import type { Canvas } from './canvas.ts'
import { inside, taps } from './tap.ts'

/** Unit of the weights, which are multiples of 1/2048: OpenCV's INTER_RESIZE_COEF_SCALE. */
const SCALE = 2048

/**
 * Resizes `canvas` to `width` × `height`. OpenCV's `resize` with INTER_LINEAR on 8-bit pixels, bit for bit (4.11, `imgproc/src/resize.cpp`).
 * Nothing is smoothed, except at exactly half the size, where OpenCV takes the mean of 2 × 2 pixels.
 * @param factor the `fx` and `fy` of OpenCV, when these are given instead of a size; width and height are then the canvas's times
 * `factor`, rounded.
 */
export function resizeUint8 (canvas: Canvas, width: number, height: number, factor?: number): Image {
  if (canvas.width === 2 * width && canvas.height === 2 * height && (factor ?? 0.5) === 0.5) return halve(canvas, width, height)
  const step = factor && 1 / factor
  const { left, top, image } = canvas
  const data = new Uint8Array(width * height * 3)
  // OpenCV drops the fraction at the left and right border only; at the top and bottom it keeps it and repeats the row.
  const columns = taps(canvas.width, width, Math.fround, step).map((tap) => inside(tap, canvas.width))
  const touching = columns.map(({ first }) => first - left >= -1 && first - left < image.width)
  const from = touching.indexOf(true)
  const to = touching.lastIndexOf(true) + 1
  if (from < 0) return { width, height, data }
  const at = Int32Array.from(columns, ({ first }) => first - left)
  const weights = Int32Array.from(columns, ({ fraction }) => roundHalfEven(fraction * SCALE))
  const row = rowReader(image, at, weights, from, to)

  for (const [y, { first, fraction }] of taps(canvas.height, height, Math.fround, step).entries()) {
    const upper = row(clamp(first, canvas.height) - top)
    const lower = row(clamp(first + 1, canvas.height) - top)
    if (!upper && !lower) continue
    const below = roundHalfEven(fraction * SCALE)
    const above = roundHalfEven((1 - fraction) * SCALE)
    for (let i = from * 3; i < to * 3; i++) {
      const u = upper ? (above * (upper[i]! >> 4)) >> 16 : 0
      const l = lower ? (below * (lower[i]! >> 4)) >> 16 : 0
      data[y * width * 3 + i] = (u + l + 2) >> 2
    }
  }
  return { width, height, data }
}

/**
 * Returns a reader of rows of `image`, resized horizontally, values × 2048, from column `from` up to `to`. It keeps the two rows read last;
 * a row outside the picture is black, which it reports as undefined.
 */
function rowReader (
  { width, height, data }: Image,
  at: Int32Array,
  weights: Int32Array,
  from: number,
  to: number
): (y: number) => Int32Array | undefined {
  const kept = [{ y: -1, values: new Int32Array(at.length * 3) }, { y: -1, values: new Int32Array(at.length * 3) }] as [Kept, Kept]
  let turn = 0
  return (y) => {
    if (y < 0 || y >= height) return undefined
    const known = kept.find((row) => row.y === y)
    if (known) return known.values
    const row = kept[turn]!
    turn = 1 - turn
    row.y = y
    for (let x = from; x < to; x++) {
      const weight = weights[x]!
      const first = at[x]!
      const p = (y * width + first) * 3
      for (let c = 0; c < 3; c++) {
        const a = first >= 0 ? data[p + c]! : 0
        const b = first + 1 < width ? data[p + 3 + c]! : 0
        row.values[x * 3 + c] = a * (SCALE - weight) + b * weight
      }
    }
    return row.values
  }
}

function halve (canvas: Canvas, width: number, height: number): Image {
  const { left, top, image } = canvas
  const data = new Uint8Array(width * height * 3)
  const value = (x: number, y: number, c: number): number =>
    x < 0 || y < 0 || x >= image.width || y >= image.height ? 0 : image.data[(y * image.width + x) * 3 + c]!
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const u = 2 * x - left
      const v = 2 * y - top
      for (let c = 0; c < 3; c++) data[i++] = (value(u, v, c) + value(u + 1, v, c) + value(u, v + 1, c) + value(u + 1, v + 1, c) + 2) >> 2
    }
  }
  return { width, height, data }
}

const clamp = (i: number, size: number): number => i < 0 ? 0 : i >= size ? size - 1 : i

/** A resized row. */
interface Kept {
  /** Number of its source row. */
  y: number
  readonly values: Int32Array
}
