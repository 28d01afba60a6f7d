import type { Canvas } from '../../image/opencv/canvas.ts'
import { withBorder } from './dlib-border.ts'

const { floor, fround, max, min } = Math

/** Number of columns that dlib computes at once. */
const LANES = 4

/** Positions of the columns of the result in the source. */
interface Columns {
  readonly left: Int32Array
  /** Position between `left` and the column right of it, 0..1. */
  readonly fraction: Float64Array
  /** Columns before this one are computed in float32, the others in double. */
  readonly narrow: number
}

/**
 * dlib's `resize_image` for colours (dlib 20.0 `image_transforms/interpolation.h`): bilinear, corner to corner, truncated to whole
 * numbers, which is why every rounding to float32 matters. Black stays black and is not computed.
 */
export function resize (canvas: Canvas, width: number, height: number): Canvas {
  const { width: wide, height: high, left, top, image } = withBorder(canvas)
  const columns = columnsOf(wide, width)
  const right = (c: number): number => min(columns.left[c]! + 1, wide - 1)
  let [first, end] = [0, width]
  while (first < end && columns.left[first]! < left) first++
  while (end > first && right(end - 1) >= left + image.width) end--
  /** Offsets, in a row of the source, of the pixels left and right of each column. */
  const from = Int32Array.from({ length: end - first }, (_, i) => 3 * (columns.left[first + i]! - left))
  const to = Int32Array.from({ length: end - first }, (_, i) => 3 * (right(first + i) - left))

  const rows = rowsOf(high, height)
  let [start, stop] = [0, height]
  while (start < stop && rows.top[start]! < top) start++
  while (stop > start && min(rows.top[stop - 1]! + 1, high - 1) >= top + image.height) stop--
  const data = new Uint8Array(3 * (end - first) * (stop - start))
  const narrow = max(0, min(columns.narrow, end) - first)
  const source = image.data
  for (let r = start, at = 0; r < stop; r++) {
    const upper = 3 * image.width * (rows.top[r]! - top)
    const lower = 3 * image.width * (min(rows.top[r]! + 1, high - 1) - top)
    const down = rows.fraction[r]!
    const y1 = fround(down)
    const y0 = fround(1 - down)
    let i = 0
    for (; i < narrow; i++) {
      const x1 = fround(columns.fraction[first + i]!)
      const x0 = fround(1 - x1)
      const tl = fround(y0 * x0)
      const tr = fround(y0 * x1)
      const bl = fround(y1 * x0)
      const br = fround(y1 * x1)
      const a = from[i]!
      const b = to[i]!
      for (let k = 0; k < 3; k++) {
        const above = fround(fround(tl * source[upper + a + k]!) + fround(tr * source[upper + b + k]!))
        data[at++] = fround(fround(above + fround(bl * source[lower + a + k]!)) + fround(br * source[lower + b + k]!))
      }
    }
    for (; i < end - first; i++) {
      const across = columns.fraction[first + i]!
      for (let k = 0; k < 3; k++) {
        const above = (1 - across) * source[upper + from[i]! + k]! + across * source[upper + to[i]! + k]!
        const below = (1 - across) * source[lower + from[i]! + k]! + across * source[lower + to[i]! + k]!
        data[at++] = (1 - down) * above + down * below
      }
    }
  }
  return { width, height, left: first, top: start, image: { width: end - first, height: stop - start, data } }
}

/** Positions of the rows, accumulated in double precision. */
function rowsOf (from: number, to: number): { readonly top: Int32Array, readonly fraction: Float64Array } {
  const step = (from - 1) / max(to - 1, 1)
  const [top, fraction] = [new Int32Array(to), new Float64Array(to)]
  let y = -step
  for (let r = 0; r < to; r++) {
    y += step
    top[r] = floor(y)
    fraction[r] = y - top[r]!
  }
  return { top, fraction }
}

/** Positions of the columns, accumulated in float32, four at once, as long as none needs a pixel right of the last one; then in double. */
function columnsOf (from: number, to: number): Columns {
  const step = (from - 1) / max(to - 1, 1)
  const [left, fraction] = [new Int32Array(to), new Float64Array(to)]
  const stride = fround(LANES * step)
  const begin = -LANES * step
  const lanes = Float32Array.of(begin, begin + step, begin + 2 * step, begin + 3 * step)
  let c = 0
  for (; c + LANES <= to; c += LANES) {
    for (let i = 0; i < LANES; i++) lanes[i] = lanes[i]! + stride
    if (Math.trunc(lanes[LANES - 1]!) + 1 >= from) break
    for (let i = 0; i < LANES; i++) {
      left[c + i] = Math.trunc(lanes[i]!)
      fraction[c + i] = lanes[i]! - left[c + i]!
    }
  }
  const narrow = c
  let x = -step + c * step
  for (; c < to; c++) {
    x += step
    left[c] = floor(x)
    fraction[c] = x - left[c]!
  }
  return { left, fraction, narrow }
}
