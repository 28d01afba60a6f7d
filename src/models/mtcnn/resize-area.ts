import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Level } from './level.ts'

const { ceil, floor, fround, max, min } = Math

/** mtcnn 1.0.0's `normalize_images`, exact in float32. */
export const NORMALIZED = Float32Array.from({ length: 256 }, (_, value) => (value - 127.5) / 128)
export const BLACK = NORMALIZED[0]!

/** The source pixels of a target pixel, from `start` to `end` (excluded), with weights of the first and the last; the others weigh 1. */
interface Tap {
  readonly start: number
  readonly end: number
  readonly first: number
  readonly last: number
}

/**
 * Resizes the canvas to the part of `level` that can see the picture, normalised, [height, width, 3] RGB. Each pixel is the mean of the
 * area that it covers, as `tf.image.resize` with AREA computes it, in float32 and in the order of TensorFlow 2.19, `resize_area_op.cc`.
 */
export function resizeArea (canvas: Canvas, { width, height, x, y }: Level): Float32Array {
  const across = fround(canvas.width / width)
  const down = fround(canvas.height / height)
  const scale = fround(1 / fround(down * across))
  const columns = taps(x.start, x.end, across)
  const row = rowReader(canvas, columns)
  const length = 3 * columns.length
  const out = new Float32Array(columns.length * (y.end - y.start) * 3)
  for (const [i, { start, end, first, last }] of taps(y.start, y.end, down).entries()) {
    const sums = out.subarray(i * length, (i + 1) * length)
    for (let v = start; v < end; v++) {
      const weight = v === start ? first : v === end - 1 ? last : 1
      const values = row(max(0, min(canvas.height - 1, v)))
      for (let k = 0; k < length; k++) sums[k] = sums[k]! + fround(values[k]! * weight)
    }
    for (let k = 0; k < length; k++) sums[k] = sums[k]! * scale
  }
  return out
}

function taps (from: number, to: number, scale: number): Tap[] {
  return Array.from({ length: to - from }, (_, i) => {
    const near = fround((from + i) * scale)
    const far = fround((from + i + 1) * scale)
    const weight = (v: number): number => fround(v < near ? (v + 1 > far ? scale : v + 1 - near) : v + 1 > far ? far - v : 1)
    const [start, end] = [floor(near), ceil(far)]
    return { start, end, first: weight(start), last: weight(end - 1) }
  })
}

/** Returns a function that reads a row of the canvas, resized across. It keeps the last row; all black rows share one array. */
function rowReader (canvas: Canvas, columns: readonly Tap[]): (y: number) => Float32Array {
  const { width, left, top, image } = canvas
  const source = new Float32Array(width * 3).fill(BLACK)
  const black = gather(source, width, columns, new Float32Array(columns.length * 3))
  const kept = { y: -1, values: new Float32Array(columns.length * 3) }
  return (y) => {
    if (y < top || y >= top + image.height) return black
    if (kept.y === y) return kept.values
    const start = (y - top) * image.width * 3
    for (let i = 0, to = left * 3; i < image.width * 3; i++, to++) source[to] = NORMALIZED[image.data[start + i]!]!
    gather(source, width, columns, kept.values)
    kept.y = y
    return kept.values
  }
}

function gather (source: Float32Array, width: number, columns: readonly Tap[], out: Float32Array): Float32Array {
  const at = (x: number): number => 3 * max(0, min(width - 1, x))
  for (const [i, { start, end, first, last }] of columns.entries()) {
    const from = at(start)
    const to = at(end - 1)
    for (let c = 0; c < 3; c++) {
      let sum = fround(source[from + c]! * first)
      if (start + 1 !== end) {
        for (let x = start + 1; x < end - 1; x++) sum = fround(sum + source[at(x) + c]!)
        sum = fround(sum + fround(source[to + c]! * last))
      }
      out[3 * i + c] = sum
    }
  }
  return out
}
