import { type Canvas, cropCanvas } from '../../image/opencv/canvas.ts'

/** Black pixels around the picture, so that whatever is computed from a pixel and its neighbours needs only what is in memory. */
const FRAME = 2

/** The same canvas with some of the black around the picture in memory too, as far as the canvas reaches. */
export function framed (canvas: Canvas): Canvas {
  const { width, height, left, top, image } = canvas
  const [x, y] = [Math.max(0, left - FRAME), Math.max(0, top - FRAME)]
  const right = Math.min(width, left + image.width + FRAME)
  const bottom = Math.min(height, top + image.height + FRAME)
  if (right - x === image.width && bottom - y === image.height) return canvas
  return { width, height, left: x, top: y, image: cropCanvas(canvas, x, y, right - x, bottom - y) }
}
