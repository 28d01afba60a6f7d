import type { Canvas } from '../../image/opencv/canvas.ts'

/** Side of the window that PNet classifies, and distance from one window to the next, in pixels. */
export const WINDOW = 12
export const STRIDE = 2

/** A canvas resized to `width` × `height`, and the part of it whose windows can see the picture, in pixels of that size. */
export interface Level {
  readonly width: number
  readonly height: number
  readonly x: Span
  readonly y: Span
}

/** The range from `start` to `end`, `end` excluded. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * The canvas resized to `width` × `height`. With DeepFace's border three quarters of a canvas are black: windows that see only black are
 * skipped, as they are never faces (PNet scores black 0.002).
 */
export const levelOf = ({ left, top, image, ...canvas }: Canvas, width: number, height: number): Level =>
  ({ width, height, x: seeing(left, image.width, canvas.width, width), y: seeing(top, image.height, canvas.height, height) })

/** The range of one axis. It starts at a window of the whole level, and ends with one or where the level ends. */
function seeing (offset: number, size: number, from: number, to: number): Span {
  // Resizing a pixel at the border reads the pixel next to it.
  const first = Math.floor(offset * to / from) - 1 - WINDOW
  const last = Math.ceil((offset + size) * to / from) + 1 + WINDOW
  const start = Math.max(0, first - Math.abs(first % STRIDE))
  return { start, end: Math.min(to, last + last % STRIDE) }
}

/** Pixels of one run of PNet, which takes 210 bytes for each (measured with ONNX Runtime 1.30 on a CPU). */
const AT_ONCE = 1_000_000

/** Splits a level into bands of rows, which bounds the memory of a run. Each window is in exactly one band, in order. */
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
