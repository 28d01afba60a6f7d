import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Box } from '../../math/box.ts'

const { max, min, trunc } = Math

/** A box in whole pixels, grown by `percent` of its size about its centre, within the canvas. */
export function expandBox ({ x, y, w, h }: Box, percent: number, { width, height }: Canvas): Box {
  if (percent <= 0) return { x, y, w, h }
  const grownW = w + trunc(w * percent / 100)
  const grownH = h + trunc(h * percent / 100)
  const left = max(0, x - trunc((grownW - w) / 2))
  const top = max(0, y - trunc((grownH - h) / 2))
  return { x: left, y: top, w: min(width - left, grownW), h: min(height - top, grownH) }
}
