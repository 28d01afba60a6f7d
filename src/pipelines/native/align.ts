import { type Affine, compose } from '../../math/affine.ts'
import { type Box, expand } from '../../math/box.ts'
import type { Landmarks, Point } from '../../math/point.ts'
import { similarityTransform } from '../../math/similarity-transform.ts'
import type { Detection, Framing } from '../contract.ts'
import { meshTemplate } from './templates.ts'

/** Maps a face to the crop that a network runs on. */
export interface FaceCrop {
  /** From pixels of the picture to pixels of the crop. */
  readonly toCrop: Affine
  /** The part of the crop that shows the face, in pixels; the rest is black. Undefined when it is the whole crop. */
  readonly inside?: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }
}

/**
 * Maps a face to the crop that its network was trained with: its five landmarks to `template`, the places of a detector's landmarks in a crop
 * of `size`, or for those of a mesh to the places where the same face has them. This
 * alone decides where crops lie. Without landmarks (detector `skip`, or one that finds none) it maps the box to the
 * crop, without rotation.
 *
 * @param meshPlaces where the landmarks of a mesh lie in the crop, for a network that is sensitive to some per cent of its size.
 *
 * @example
 * const { toCrop } = alignToTemplate(face, ARCFACE, [112, 112], { align: true, expandPercentage: 0 })
 * await crop(picture, toCrop, { width: 112, height: 112, out: new Uint8Array(112 * 112 * 3), outside: 'black' })
 */
export function alignToTemplate (
  { box, landmarks, landmarksOf }: Detection,
  template: Landmarks,
  size: Size,
  { align, expandPercentage }: Framing,
  meshPlaces = meshTemplate(template)
): FaceCrop {
  const [height, width] = size
  const fitted = landmarks
    ? similarityTransform(landmarks, landmarksOf === 'mesh' ? meshPlaces : template, !align)
    : boxToCrop(coveringBox(box, width / height), undefined, width, height, false)
  return { toCrop: zoomedOut(fitted, size, expandPercentage) }
}

/** Returns the crop of `width` pixels that shows the mirror image of what `crop` shows. */
export function mirrorImage ({ toCrop, inside }: FaceCrop, width: number): FaceCrop {
  const mirrored = compose({ a: -1, b: 0, tx: width - 1, c: 0, d: 1, ty: 0 }, toCrop)
  return inside ? { toCrop: mirrored, inside: { ...inside, left: width - inside.left - inside.width } } : { toCrop: mirrored }
}

/** Maps the box of a face, rotated upright about its centre, into a crop of `size` without distorting it; the rest of the crop is black. */
export function toLetterbox ({ box, landmarks }: Detection, [height, width]: Size, { align, expandPercentage }: Framing): FaceCrop {
  const grown = expand(align ? uprightBox(box, landmarks) : box, expandPercentage)
  const scale = Math.min(width / grown.w, height / grown.h)
  const [w, h] = [Math.max(1, Math.floor(grown.w * scale)), Math.max(1, Math.floor(grown.h * scale))]
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)]
  const fitted = boxToCrop(grown, landmarks, w, h, align)
  return { toCrop: compose({ a: 1, b: 0, tx: left, c: 0, d: 1, ty: top }, fitted), inside: { left, top, width: w, height: h } }
}

type Size = readonly [height: number, width: number]

/** Maps `box` to a crop of `width` × `height` pixels; with `align`, rotated about the centre of the box so that the eyes are level. */
export function boxToCrop (box: Box, landmarks: Landmarks | undefined, width: number, height: number, align: boolean): Affine {
  return rotatedBoxToCrop(box, align && landmarks ? roll(landmarks) : 0, width, height)
}

/** Maps `box`, rotated anticlockwise by `angle` about its centre, to a crop of `width` × `height` pixels. */
export function rotatedBoxToCrop (box: Box, angle: number, width: number, height: number): Affine {
  const cos = Math.cos(angle)
  const sin = Math.sin(angle)
  const sx = width / box.w
  const sy = height / box.h
  // Pixel centres are whole numbers, so the centre of the box lies half a pixel before its middle edge.
  const cx = box.x + box.w / 2 - 0.5
  const cy = box.y + box.h / 2 - 0.5
  const rotated: Affine = { a: cos, b: sin, tx: -cos * cx - sin * cy, c: -sin, d: cos, ty: sin * cx - cos * cy }
  return compose({ a: sx, b: 0, tx: width / 2 - 0.5, c: 0, d: sy, ty: height / 2 - 0.5 }, rotated)
}

/** `box` with the sides that it has once its face is rotated upright, about the same centre: swapped when the face lies on its side. */
export function uprightBox (box: Box, landmarks: Landmarks | undefined): Box {
  if (!landmarks || Math.abs(Math.cos(roll(landmarks))) >= Math.SQRT1_2) return box
  const { x, y, w, h } = box
  return { x: x + (w - h) / 2, y: y + (h - w) / 2, w: h, h: w }
}

/** Angle of the line through the eyes, in radians; positive when the eye on the viewer's right is lower. */
export const roll = ([left, right]: Landmarks): number => Math.atan2(right[1] - left[1], right[0] - left[0])

/** The multiple of 90° that is nearest to `angle`, in radians. */
export const nearestQuarter = (angle: number): number => Math.round(angle / (Math.PI / 2)) * Math.PI / 2

/** `m` with its target shrunk about the centre, so that the crop shows `percent` more of the picture. */
function zoomedOut (m: Affine, [height, width]: Size, percent: number): Affine {
  if (percent === 0) return m
  const k = 1 / (1 + percent / 100)
  const centre: Point = [(width - 1) / 2, (height - 1) / 2]
  return compose({ a: k, b: 0, tx: centre[0] * (1 - k), c: 0, d: k, ty: centre[1] * (1 - k) }, m)
}

/** The smallest box of the given ratio, width : height, that has the same centre as `box` and contains it. */
function coveringBox ({ x, y, w, h }: Box, ratio: number): Box {
  const height = Math.max(h, w / ratio)
  const width = height * ratio
  return { x: x + (w - width) / 2, y: y + (h - height) / 2, w: width, h: height }
}
