import { type Affine, compose } from '../../math/affine.ts'
import { type Box, expand } from '../../math/box.ts'
import type { Landmarks, Point } from '../../math/point.ts'
import { similarityTransform } from '../../math/similarity-transform.ts'
import type { Detection, Framing } from '../contract.ts'

/** A face in its crop: where its pixels go, and which part of the crop they may fill. */
export interface FaceCrop {
  readonly toCrop: Affine
  /** Black outside of this part; undefined: all of the crop. */
  readonly inside?: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }
}

/**
 * Takes a face to the crop a recogniser was trained on: its five landmarks to `template` in a crop of `size`. Without landmarks
 * (detector `skip`, or one that gives none) the box is taken for the square of the crop, without rotation.
 */
export function alignToTemplate ({ box, landmarks }: Detection, template: Landmarks, size: Size, { align, expandPercentage }: Framing): FaceCrop {
  const [height, width] = size
  const fitted = landmarks ? similarityTransform(landmarks, template, !align) : boxToCrop(coveringBox(box, width / height), undefined, width, height, false)
  return { toCrop: zoomedOut(fitted, size, expandPercentage) }
}

/** The box of a face, turned upright about its centre and fitted into a crop of `size`; what the box does not fill is black. */
export function toLetterbox ({ box, landmarks }: Detection, [height, width]: Size, { align, expandPercentage }: Framing): FaceCrop {
  const grown = expand(align ? uprightBox(box, landmarks) : box, expandPercentage)
  const scale = Math.min(width / grown.w, height / grown.h)
  const [w, h] = [Math.max(1, Math.floor(grown.w * scale)), Math.max(1, Math.floor(grown.h * scale))]
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)]
  const fitted = boxToCrop(grown, landmarks, w, h, align)
  return { toCrop: compose({ a: 1, b: 0, tx: left, c: 0, d: 1, ty: top }, fitted), inside: { left, top, width: w, height: h } }
}

type Size = readonly [height: number, width: number]

/**
 * Takes `box` to a crop of `width` × `height` pixels; when `align` is set, turned about the box's centre so that the eyes are level.
 */
export function boxToCrop (box: Box, landmarks: Landmarks | undefined, width: number, height: number, align: boolean): Affine {
  const angle = align && landmarks ? roll(landmarks) : 0
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const sx = width / box.w
  const sy = height / box.h
  // Pixel centres are whole numbers, so the centre of the box lies half a pixel before its middle edge.
  const cx = box.x + box.w / 2 - 0.5
  const cy = box.y + box.h / 2 - 0.5
  const turned: Affine = { a: cos, b: sin, tx: -cos * cx - sin * cy, c: -sin, d: cos, ty: sin * cx - cos * cy }
  return compose({ a: sx, b: 0, tx: width / 2 - 0.5, c: 0, d: sy, ty: height / 2 - 0.5 }, turned)
}

/** A box about the same centre with the sides it has when its face is turned upright: swapped where the face lies on its side. */
export function uprightBox (box: Box, landmarks: Landmarks | undefined): Box {
  if (!landmarks || Math.abs(Math.cos(roll(landmarks))) >= Math.SQRT1_2) return box
  const { x, y, w, h } = box
  return { x: x + (w - h) / 2, y: y + (h - w) / 2, w: h, h: w }
}

/** Angle of the line through the eyes, in radians; positive when the viewer's right eye is lower. */
export const roll = ([left, right]: Landmarks): number => Math.atan2(right[1] - left[1], right[0] - left[0])

/** `m` with its target shrunk about the centre, so that `percent` more of the picture is seen. */
function zoomedOut (m: Affine, [height, width]: Size, percent: number): Affine {
  if (percent === 0) return m
  const k = 1 / (1 + percent / 100)
  const centre: Point = [(width - 1) / 2, (height - 1) / 2]
  return compose({ a: k, b: 0, tx: centre[0] * (1 - k), c: 0, d: k, ty: centre[1] * (1 - k) }, m)
}

/** The smallest box of the given ratio, width : height, about the centre of `box` that holds it. */
function coveringBox ({ x, y, w, h }: Box, ratio: number): Box {
  const height = Math.max(h, w / ratio)
  const width = height * ratio
  return { x: x + (w - width) / 2, y: y + (h - height) / 2, w: width, h: height }
}
