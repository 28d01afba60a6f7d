import type { Image } from '../image.ts'
import { inside, type Tap, taps } from './tap.ts'

/**
 * Resizes `image` / 255: RGB as float64, 0..1, row by row.
 *
 * OpenCV's `resize` with INTER_LINEAR on float64 pixels, as the wheels of opencv-python compute it (through Intel's IPP, which keeps sample
 * positions in double; OpenCV's own code rounds them to float32, up to 3e-6 away). Nothing is smoothed: a picture that shrinks by more than
 * a factor of two loses the pixels between the samples.
 */
export function resizeFloat ({ width, height, data }: Image, toWidth: number, toHeight: number): Float64Array {
  const out = new Float64Array(toWidth * toHeight * 3)
  const columns = taps(width, toWidth).map((tap) => inside(tap, width))
  const above = new Float64Array(toWidth * 3)
  const below = new Float64Array(toWidth * 3)
  for (const [y, tap] of taps(height, toHeight).entries()) {
    const { first, fraction } = inside(tap, height)
    const last = Math.min(first + 1, height - 1)
    resizeRow(data.subarray(first * width * 3, (first + 1) * width * 3), columns, above)
    resizeRow(data.subarray(last * width * 3, (last + 1) * width * 3), columns, below)
    for (let i = 0, to = y * toWidth * 3; i < above.length; i++) out[to + i] = above[i]! + (below[i]! - above[i]!) * fraction
  }
  return out
}

function resizeRow (row: Uint8Array, columns: readonly Tap[], out: Float64Array): void {
  for (let x = 0, to = 0; x < columns.length; x++) {
    const { first, fraction } = columns[x]!
    const from = first * 3
    const next = fraction === 0 ? from : from + 3
    for (let c = 0; c < 3; c++, to++) {
      const left = row[from + c]! / 255
      out[to] = left + (row[next + c]! / 255 - left) * fraction
    }
  }
}
