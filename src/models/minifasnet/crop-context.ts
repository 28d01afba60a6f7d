import type { Image } from '../../image/image.ts'
import { toCanvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Box } from '../../math/box.ts'

/** Side of the networks' input, in pixels. */
export const SIZE = 80

/** How many times the face's box each network sees: the number its file is named after. */
export const SCALES = { v2: 2.7, v1se: 4 } as const

const { max, min, trunc } = Math

/**
 * What the network sees of a face: `scale` times its box or as much as the picture has, pushed inside the picture, resized without
 * smoothing. `CropImage` of Minivision's `src/generate_patches.py`, as DeepFace 0.0.100 has it. `box` is in whole pixels; a side
 * of 0, where both fail, counts as one pixel.
 */
export const patch = (image: Image, box: Box, scale: number): Image => {
  const { x1, y1, x2, y2 } = around(box, scale, image)
  return resizeUint8(toCanvas(cropCanvas(toCanvas(image), x1, y1, x2 - x1 + 1, y2 - y1 + 1)), SIZE, SIZE)
}

/** Corners of the patch in whole pixels, all of them inside of it. */
export function around ({ x, y, w, h }: Box, scale: number, { width, height }: Pick<Image, 'width' | 'height'>): { x1: number, y1: number, x2: number, y2: number } {
  const [boxW, boxH] = [max(1, w), max(1, h)]
  const factor = min((height - 1) / boxH, min((width - 1) / boxW, scale))
  const [x1, x2] = pushed(boxW / 2 + x, boxW * factor, width)
  const [y1, y2] = pushed(boxH / 2 + y, boxH * factor, height)
  return { x1, y1, x2, y2 }
}

/** A span of `size` about `centre` from the first pixel to the last of `length`; upstream's order of steps, which decides the last bits. */
function pushed (centre: number, size: number, length: number): [number, number] {
  let first = centre - size / 2
  let last = centre + size / 2
  if (first < 0) {
    last -= first
    first = 0
  }
  if (last > length - 1) {
    first -= last - length + 1
    last = length - 1
  }
  return [trunc(first), trunc(last)]
}
