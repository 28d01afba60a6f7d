import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Span } from './level.ts'

const { ceil, floor, fround } = Math

/** A part of a canvas, in whole pixels; it must lie inside the canvas. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A target size, and the part of it to compute. */
export interface PoolTarget {
  readonly width: number
  readonly height: number
  readonly x: Span
  readonly y: Span
}

/** A square of `size`, computed as a whole. */
export const whole = (size: number): PoolTarget => ({ width: size, height: size, x: { start: 0, end: size }, y: { start: 0, end: size } })

/**
 * Resizes a part of the canvas and writes it to `out`, [height, width, 3] RGB, 0..255. Each pixel is the mean of all source pixels that
 * it touches, with equal weights, as PyTorch's `interpolate` with `area` computes it (2.6, `AdaptiveAveragePoolKernel.cpp`).
 */
export function pool (canvas: Canvas, area: Area, { width, height, x, y }: PoolTarget, out: Float32Array): Float32Array {
  const { left, top, image } = canvas
  const columns = spans(x, area.x, area.w, width)
  // Sums of whole numbers are exact, so black pixels can be skipped.
  const inside = columns.map(({ start, end }) => ({ start: Math.max(0, start - left), end: Math.min(image.width, end - left) }))
  const first = Math.min(...inside.map(({ start }) => start))
  const last = Math.max(...inside.map(({ end }) => end))
  const sums = new Float64Array(Math.max(0, last - first) * 3)
  let at = 0
  for (const { start, end } of spans(y, area.y, area.h, height)) {
    sums.fill(0)
    for (let row = Math.max(0, start - top); row < Math.min(image.height, end - top); row++) {
      const from = (row * image.width + first) * 3
      for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + image.data[from + i]!
    }
    for (const [i, column] of columns.entries()) {
      const { start: near, end: far } = inside[i]!
      for (let c = 0; c < 3; c++) {
        let sum = 0
        for (let k = 3 * (near - first) + c; k < 3 * (far - first); k += 3) sum += sums[k]!
        out[at++] = fround(fround(sum) / (end - start)) / (column.end - column.start)
      }
    }
  }
  return out
}

/** The range of source pixels that each target pixel touches, in pixels of the canvas. */
const spans = ({ start, end }: Span, offset: number, from: number, to: number): Span[] => Array.from({ length: end - start }, (_, i) =>
  ({ start: offset + floor((start + i) * from / to), end: offset + ceil((start + i + 1) * from / to) }))
