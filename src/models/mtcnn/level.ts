import type { Canvas } from '../../image/opencv/canvas.ts'

/** Pixels that PNet sees at a time, and from one such window to the next. */
export const WINDOW = 12
export const STRIDE = 2

/** A canvas at another size, and the part of it where windows can see the picture, in pixels of that size. */
export interface Level {
  readonly width: number
  readonly height: number
  readonly x: Span
  readonly y: Span
}

/** From `start` up to but without `end`. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The canvas at `width` × `height`. Where a picture is in DeepFace's frame, three quarters of it are black: windows that see nothing
 * else are not looked at, as they are never faces (PNet gives black 0.002).
 */
export const levelOf = ({ left, top, image, ...canvas }: Canvas, width: number, height: number): Level =>
  ({ width, height, x: seeing(left, image.width, canvas.width, width), y: seeing(top, image.height, canvas.height, height) })

/** Starts at a window that the network would see in the whole as well, and ends with one or where the whole does. */
function seeing (offset: number, size: number, from: number, to: number): Span {
  // A pixel at the border sees one beside it.
  const first = Math.floor(offset * to / from) - 1 - WINDOW
  const last = Math.ceil((offset + size) * to / from) + 1 + WINDOW
  const start = Math.max(0, first - Math.abs(first % STRIDE))
  return { start, end: Math.min(to, last + last % STRIDE) }
}

/** Pixels that PNet is shown at a time: it takes 210 bytes for each (measured with ONNX Runtime 1.30 on a CPU). */
const AT_ONCE = 1_000_000

/** A level in bands of rows, so that a large picture takes no more memory. Each window is in one of them, and they are in order. */
export function bands (level: Level): Level[] {
  const { x, y } = level
  const most = Math.max(4 * WINDOW, Math.floor(AT_ONCE / (x.end - x.start)))
  const rows = most - most % STRIDE
  const found: Level[] = []
  for (let start = y.start; start + WINDOW - STRIDE < y.end; start += rows - WINDOW + STRIDE) {
    found.push({ ...level, y: { start, end: Math.min(y.end, start + rows) } })
  }
  return found
}
