import type { Image } from '../../image/image.ts'
import { toCanvas, type Canvas } from '../../image/opencv/canvas.ts'

/**
 * Returns the canvas that detectors run on. With `align`, it is the picture in a black frame of half its size on every side, so that a
 * face at the border can be rotated; otherwise the picture alone. `detect_faces` of `detection.py`, DeepFace 0.0.100.
 */
export function withBorder (image: Image, align: boolean): Canvas {
  if (!align) return toCanvas(image)
  const left = Math.trunc(0.5 * image.width)
  const top = Math.trunc(0.5 * image.height)
  return { width: image.width + 2 * left, height: image.height + 2 * top, left, top, image }
}
