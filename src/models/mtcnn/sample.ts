import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Candidate } from './candidates.ts'
import { BLACK, NORMALIZED } from './resize-area.ts'

const { ceil, floor, fround } = Math

/**
 * Crops and resizes each candidate: float32 [n, size, size, 3] RGB, normalised, one bilinear sample a pixel; 0, a medium grey, outside
 * the canvas. `tf.image.crop_and_resize` of TensorFlow 2.19, `crop_and_resize_op.cc`, as mtcnn 1.0.0 calls it.
 */
export function sample (canvas: Canvas, candidates: readonly Candidate[], size: number): Float32Array {
  const { left, top, image: { width, height, data } } = canvas
  const out = new Float32Array(candidates.length * size * size * 3)
  const value = (x: number, y: number, c: number): number => x < left || y < top || x >= left + width || y >= top + height
    ? BLACK
    : NORMALIZED[data[((y - top) * width + x - left) * 3 + c]!]!
  for (const [n, { x1, y1, x2, y2 }] of candidates.entries()) {
    const columns = places(x1, x2, canvas.width, size)
    for (const [row, y] of places(y1, y2, canvas.height, size).entries()) {
      for (const [column, x] of columns.entries()) {
        if (!x || !y) continue
        const at = ((n * size + row) * size + column) * 3
        for (let c = 0; c < 3; c++) {
          const upper = between(value(x.before, y.before, c), value(x.after, y.before, c), x.fraction)
          const lower = between(value(x.before, y.after, c), value(x.after, y.after, c), x.fraction)
          out[at + c] = between(upper, lower, y.fraction)
        }
      }
    }
  }
  return out
}

const between = (a: number, b: number, fraction: number): number => fround(a + fround(fround(b - a) * fraction))

interface Place {
  readonly before: number
  readonly after: number
  readonly fraction: number
}

/**
 * Positions of the samples along one axis; undefined outside the canvas. The first lies on `from`, the last on `to`, both shifted a
 * little, because mtcnn divides by the size and TensorFlow multiplies by the size − 1.
 */
function places (from: number, to: number, size: number, count: number): Array<Place | undefined> {
  const start = fround(from / size)
  const step = fround(fround(fround(fround(to / size) - start) * (size - 1)) / (count - 1))
  const origin = fround(start * (size - 1))
  return Array.from({ length: count }, (_, i) => {
    const at = fround(origin + fround(i * step))
    return at < 0 || at > size - 1 ? undefined : { before: floor(at), after: ceil(at), fraction: fround(at - floor(at)) }
  })
}
