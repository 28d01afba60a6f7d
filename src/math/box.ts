import { type Affine, apply } from './affine.ts'

/** A box in pixels. A detector's boxes have fractions; those of a response are whole and inside the picture. */
export interface Box {
  /** Left edge. */
  readonly x: number
  /** Top edge. */
  readonly y: number
  /** Width. */
  readonly w: number
  /** Height. */
  readonly h: number
}

export const area = ({ w, h }: Box): number => Math.max(0, w) * Math.max(0, h)

/** Intersection over union of two boxes, 0..1. */
export function iou (p: Box, q: Box): number {
  const both = intersection(p, q)
  return both === 0 ? 0 : both / (area(p) + area(q) - both)
}

/** Intersection over the smaller of two boxes, 0..1: 1 when one box lies in the other. */
export function nesting (p: Box, q: Box): number {
  const both = intersection(p, q)
  return both === 0 ? 0 : both / Math.min(area(p), area(q))
}

function intersection (p: Box, q: Box): number {
  const w = Math.min(p.x + p.w, q.x + q.w) - Math.max(p.x, q.x)
  const h = Math.min(p.y + p.h, q.y + q.h) - Math.max(p.y, q.y)
  return Math.max(0, w) * Math.max(0, h)
}

/** Grows a box by `percent` of its size about its centre. */
export function expand ({ x, y, w, h }: Box, percent: number): Box {
  const dw = w * percent / 100
  const dh = h * percent / 100
  return { x: x - dw / 2, y: y - dh / 2, w: w + dw, h: h + dh }
}

/**
 * Rounds a box to whole pixels inside a picture of `width` × `height`. It is never empty: a box outside the picture becomes the nearest
 * pixel of the picture.
 */
export function clip ({ x, y, w, h }: Box, width: number, height: number): Box {
  const [x0, x1] = span(x, x + w, width)
  const [y0, y1] = span(y, y + h, height)
  return { x: x0, y: y0, w: x1 - x0, h: y1 - y0 }
}

function span (from: number, to: number, size: number): [number, number] {
  const start = Math.min(Math.max(Math.round(from), 0), size - 1)
  return [start, Math.min(Math.max(Math.round(to), start + 1), size)]
}

/** Square about the centre of a box, with a side of `factor` × the longer side of the box, moved down by `down` × its own side. */
export function square ({ x, y, w, h }: Box, factor: number, down = 0): Box {
  const side = factor * Math.max(w, h)
  return { x: x + (w - side) / 2, y: y + (h - side) / 2 + down * side, w: side, h: side }
}

/**
 * Returns the box of a face after `m` has moved, scaled and rotated it: the bounding box of the ellipse that fills the given box, as a face
 * does. A quarter turn swaps its sides.
 */
export function moveBox (m: Affine, { x, y, w, h }: Box): Box {
  const [cx, cy] = apply(m, [x + w / 2, y + h / 2])
  const width = Math.hypot(m.a * w, m.b * h)
  const height = Math.hypot(m.c * w, m.d * h)
  return { x: cx - width / 2, y: cy - height / 2, w: width, h: height }
}
