import type { Image } from '../../image/image.ts'
import { toCanvas, type Canvas, cropCanvas } from '../../image/opencv/canvas.ts'
import { rotation, warpCubic } from '../../image/opencv/warp-cubic.ts'
import type { Box } from '../../math/box.ts'
import type { Eyes } from './deepface-models.ts'

const { cos, max, min, sin, trunc } = Math

/**
 * Crops the face of `box`, in whole pixels, rotated so that its eyes are level: a crop with a margin of half the box's size on every side
 * is rotated about its centre, then cropped to the rotated box. Without both eyes the face is only cropped. Black beyond the canvas;
 * without pixels when the box has none. `extract_face` of `detection.py`, DeepFace 0.0.100.
 */
export function alignFace (canvas: Canvas, { x, y, w, h }: Box, { left, right }: Eyes): Image {
  const marginX = trunc(0.5 * w)
  const marginY = trunc(0.5 * h)
  const around = cropCanvas(canvas, x - marginX, y - marginY, max(0, w + 2 * marginX), max(0, h + 2 * marginY))
  const inner = { x: marginX, y: marginY, w, h }
  if (!left || !right || around.data.length === 0) return slice(around, inner)
  const angle = Math.atan2(left[1] - right[1], left[0] - right[0]) * (180 / Math.PI)
  const turned = project(inner, angle, around)
  // The centre of rotation is a whole pixel, unlike the centre that `project` rotates the box about.
  const matrix = rotation([around.width >> 1, around.height >> 1], angle)
  return turned.w > 0 && turned.h > 0
    ? warpCubic(around, matrix, { x: turned.x, y: turned.y, width: turned.w, height: turned.h })
    : slice(around, turned)
}

/**
 * Box of a face after its surroundings have been rotated by `degrees` about their centre: the sides stay parallel to the axes and keep
 * their length, except where the surroundings end.
 */
export function project (box: Box, degrees: number, { width, height }: { width: number, height: number }): Box {
  const direction = degrees >= 0 ? 1 : -1
  const angle = Math.abs(degrees) % 360 * Math.PI / 180
  if (angle === 0) return box
  const x = (box.x + box.x + box.w) / 2 - width / 2
  const y = (box.y + box.y + box.h) / 2 - height / 2
  const u = x * cos(angle) + y * direction * sin(angle) + width / 2
  const v = -x * direction * sin(angle) + y * cos(angle) + height / 2
  const left = max(trunc(u - box.w / 2), 0)
  const top = max(trunc(v - box.h / 2), 0)
  return { x: left, y: top, w: min(trunc(u + box.w / 2), width) - left, h: min(trunc(v + box.h / 2), height) - top }
}

/**
 * Pixels from (x, y) up to (x + w, y + h), as Python's `image[y:y + h, x:x + w]`: negative indices count from the end, indices that are too
 * large end with the picture. Often no pixel at all, when a box reaches over the left or upper border.
 */
export function slice (image: Image | Canvas, { x, y, w, h }: Box): Image {
  const canvas = 'image' in image ? image : toCanvas(image)
  const [left, right] = range(x, x + w, canvas.width)
  const [top, bottom] = range(y, y + h, canvas.height)
  return cropCanvas(canvas, left, top, right - left, bottom - top)
}

function range (start: number, stop: number, size: number): [number, number] {
  const index = (i: number): number => i < 0 ? max(0, i + size) : min(i, size)
  return [index(start), max(index(start), index(stop))]
}
