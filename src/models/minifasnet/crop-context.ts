import type { Image } from '../../image/image.ts'
import { toCanvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Box } from '../../math/box.ts'

/** Side of the networks' input, in pixels. */
export const SIZE = 80

/** Side of each network's crop in sides of the face's box: the number its file is named after. */
export const SCALES = { v2: 2.7, v1se: 4 } as const

const { max, min, trunc } = Math

/**
 * The network's input for a face: `scale` times its box, or as much as the picture has, moved inside the picture and resized without
 * smoothing. `CropImage` of Minivision's `src/generate_patches.py`, as in DeepFace 0.0.100. `box` is in whole pixels; a side of 0 counts
 * as one pixel, where the originals fail.
 */
export const cropContext = (image: Image, box: Box, scale: number): Image => {
  const { x1, y1, x2, y2 } = contextCorners(box, scale, image)
  return resizeUint8(toCanvas(cropCanvas(toCanvas(image), x1, y1, x2 - x1 + 1, y2 - y1 + 1)), SIZE, SIZE)
}

/** First and last pixels of the crop, both included. */
export function contextCorners (
  { x, y, w, h }: Box,
  scale: number,
  { width, height }: Pick<Image, 'width' | 'height'>
): { x1: number, y1: number, x2: number, y2: number } {
  const [boxW, boxH] = [max(1, w), max(1, h)]
  const factor = min((height - 1) / boxH, min((width - 1) / boxW, scale))
  const [x1, x2] = moveInside(boxW / 2 + x, boxW * factor, width)
  const [y1, y2] = moveInside(boxH / 2 + y, boxH * factor, height)
  return { x1, y1, x2, y2 }
}

/** A span of `size` around `centre`, moved inside 0..`length` − 1. Upstream's order of steps decides the last bits. */
function moveInside (centre: number, size: number, length: number): [number, number] {
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
