import { inside, taps } from './tap.ts'

/** One value a pixel, row by row. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

const { fround } = Math

/** Resizes `plane`: OpenCV's `resize` with INTER_LINEAR on one channel of float32, with sample positions in double as in `resizeFloat`. */
export function resizePlane ({ width, height, data }: Plane, toWidth: number, toHeight: number): Plane {
  const out = new Float32Array(toWidth * toHeight)
  const columns = taps(width, toWidth).map((tap) => inside(tap, width))
  for (const [y, tap] of taps(height, toHeight).entries()) {
    const row = inside(tap, height)
    const above = row.first * width
    const below = Math.min(row.first + 1, height - 1) * width
    for (const [x, { first, fraction }] of columns.entries()) {
      const next = fraction === 0 ? first : first + 1
      const upper = between(data[above + first]!, data[above + next]!, fraction)
      const lower = between(data[below + first]!, data[below + next]!, fraction)
      out[y * toWidth + x] = between(upper, lower, row.fraction)
    }
  }
  return { width: toWidth, height: toHeight, data: out }
}

const between = (from: number, to: number, fraction: number): number => fround(from + (to - from) * fraction)
