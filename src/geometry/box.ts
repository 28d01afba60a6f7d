/** Left, top, width and height in pixels. A detector's boxes have fractions; those of a response are whole and inside the picture. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

export const area = ({ w, h }: Box): number => Math.max(0, w) * Math.max(0, h)

/** Intersection over union, 0..1. */
export function iou (p: Box, q: Box): number {
  const w = Math.min(p.x + p.w, q.x + q.w) - Math.max(p.x, q.x)
  const h = Math.min(p.y + p.h, q.y + q.h) - Math.max(p.y, q.y)
  if (w <= 0 || h <= 0) return 0
  return (w * h) / (area(p) + area(q) - w * h)
}

/** `box` grown by `percent` of its size about its centre. */
export function expand ({ x, y, w, h }: Box, percent: number): Box {
  const dw = w * percent / 100
  const dh = h * percent / 100
  return { x: x - dw / 2, y: y - dh / 2, w: w + dw, h: h + dh }
}

/**
 * `box` in whole pixels inside a picture of `width` × `height`, never empty. A box outside the picture becomes its nearest pixel.
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

/** The square around `box`: side = `factor` × its longer side, same centre moved down by `down` × that side. */
export function square ({ x, y, w, h }: Box, factor: number, down = 0): Box {
  const side = factor * Math.max(w, h)
  return { x: x + (w - side) / 2, y: y + (h - side) / 2 + down * side, w: side, h: side }
}
