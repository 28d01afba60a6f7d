import type { Image } from '../../image/image.ts'
import { type Canvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import { roundHalfEven } from '../../math/rounding.ts'
import { STRIDES } from './decode-yolo.ts'

/** Longer side of the input, in pixels. Both sides become multiples of the largest stride. */
export const SIDE = 640
const STRIDE = STRIDES[2]

/** The grey around the picture. */
const GREY = 114

export interface Letterbox {
  readonly image: Image
  /** Pixels of `image` for one pixel of the canvas. */
  readonly gain: number
  /** Position of the canvas in `image` for boxes, in whole pixels. */
  readonly boxes: { readonly x: number, readonly y: number }
  /** The same for points, not rounded. */
  readonly points: { readonly x: number, readonly y: number }
}

/**
 * The network's input for a canvas, as ultralytics prepares it, small pictures enlarged: `LetterBox` of `data/augment.py`, and
 * `scale_boxes` and `scale_coords` of `utils/ops.py`, 8.3.203.
 */
export function letterbox (canvas: Canvas): Letterbox {
  const ratio = Math.min(SIDE / canvas.height, SIDE / canvas.width)
  const w = Math.max(1, roundHalfEven(canvas.width * ratio))
  const h = Math.max(1, roundHalfEven(canvas.height * ratio))
  const across = ((SIDE - w) % STRIDE) / 2
  const down = ((SIDE - h) % STRIDE) / 2
  const inner = w === canvas.width && h === canvas.height ? cropCanvas(canvas, 0, 0, w, h) : resizeUint8(canvas, w, h)
  const [left, top] = [roundHalfEven(across - 0.1), roundHalfEven(down - 0.1)]
  const width = left + w + roundHalfEven(across + 0.1)
  const height = top + h + roundHalfEven(down + 0.1)
  const data = new Uint8Array(width * height * 3).fill(GREY)
  for (let y = 0; y < h; y++) data.set(inner.data.subarray(y * w * 3, (y + 1) * w * 3), ((y + top) * width + left) * 3)
  const gain = Math.min(height / canvas.height, width / canvas.width)
  const points = { x: (width - canvas.width * gain) / 2, y: (height - canvas.height * gain) / 2 }
  return { image: { width, height, data }, gain, points, boxes: { x: roundHalfEven(points.x - 0.1), y: roundHalfEven(points.y - 0.1) } }
}
