import { type Canvas, cropCanvas } from '../../image/opencv/canvas.ts'

/** Width, in pixels, of the black border kept in memory, so that computations on a pixel and its neighbours need nothing else. */
const BORDER = 2

/** The same canvas with two pixels of the black around the picture in memory too, as far as the canvas reaches. */
export function withBorder (canvas: Canvas): Canvas {
  const { width, height, left, top, image } = canvas
  const [x, y] = [Math.max(0, left - BORDER), Math.max(0, top - BORDER)]
  const right = Math.min(width, left + image.width + BORDER)
  const bottom = Math.min(height, top + image.height + BORDER)
  if (right - x === image.width && bottom - y === image.height) return canvas
  return { width, height, left: x, top: y, image: cropCanvas(canvas, x, y, right - x, bottom - y) }
}
