import type { Image } from '../image.ts'

/**
 * A picture on a black canvas, of which only the picture is in memory: pixel (x, y) of the canvas is pixel (x − left, y − top) of `image`,
 * or black outside of it.
 */
export interface Canvas {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly top: number
  readonly image: Image
}

/** Returns a canvas of the picture alone, without a border. */
export const toCanvas = (image: Image): Canvas => ({ width: image.width, height: image.height, left: 0, top: 0, image })

/**
 * Returns the window of `width` × `height` pixels whose first pixel is (x, y); black where it reaches over the canvas. All are whole
 * numbers; width and height are not negative.
 */
export function cropCanvas ({ left, top, image }: Canvas, x: number, y: number, width: number, height: number): Image {
  const data = new Uint8Array(width * height * 3)
  const from = Math.max(0, left - x)
  const to = Math.min(width, left + image.width - x)
  if (to <= from) return { width, height, data }
  const first = Math.max(0, top - y)
  const last = Math.min(height, top + image.height - y)
  for (let row = first; row < last; row++) {
    const start = ((row + y - top) * image.width + from + x - left) * 3
    data.set(image.data.subarray(start, start + (to - from) * 3), (row * width + from) * 3)
  }
  return { width, height, data }
}
