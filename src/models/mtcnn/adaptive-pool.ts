import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Span } from './level.ts'

const { ceil, floor, fround } = Math

/** A part of a canvas, in whole pixels; it must lie within. */
export interface Area {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A size, and the part of it that is wanted. */
export interface Pooled {
  readonly width: number
  readonly height: number
  readonly x: Span
  readonly y: Span
}

/** All of it. */
export const whole = (size: number): Pooled => ({ width: size, height: size, x: { start: 0, end: size }, y: { start: 0, end: size } })

/**
 * A part of the canvas at another size, 0..255, [height, width, 3] RGB, written to `out`: each pixel the mean of all that it touches, each with the
 * same weight, as PyTorch's `interpolate` with `area` makes it (2.6, `AdaptiveAveragePoolKernel.cpp`).
 */
export function pool (canvas: Canvas, area: Area, { width, height, x, y }: Pooled, out: Float32Array): Float32Array {
  const { left, top, image } = canvas
  const columns = spans(x, area.x, area.w, width)
  // Sums of whole pixels are exact, so what is black adds nothing.
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

/** The source pixels that each wanted target pixel touches, in pixels of the canvas. */
const spans = ({ start, end }: Span, offset: number, from: number, to: number): Span[] => Array.from({ length: end - start }, (_, i) =>
  ({ start: offset + floor((start + i) * from / to), end: offset + ceil((start + i + 1) * from / to) }))
