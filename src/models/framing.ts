import { crop } from '../image/crop.ts'
import type { Picture } from '../image/picture.ts'
import { grey as toGrey, type WarpTarget } from '../image/warp.ts'
import { type Affine, compose } from '../math/affine.ts'
import { type Box, expand } from '../math/box.ts'
import type { Landmarks, Point } from '../math/point.ts'
import { similarityTransform } from '../math/similarity-transform.ts'
import { output, type Session } from '../onnx/session.ts'
import type { Detection, Framing } from './model.ts'

/** Faces that go through a network at once. More gain nothing on a CPU and cost memory. */
const BATCH = 8

/** A face in its crop: where its pixels go, and which part of the crop they may fill. */
export interface Crop {
  readonly toCrop: Affine
  /** Black outside of this part; undefined: all of the crop. */
  readonly inside?: { readonly left: number, readonly top: number, readonly width: number, readonly height: number }
}

/**
 * Takes a face to the crop a recogniser was trained on: its five landmarks to `template` in a crop of `size`. Without landmarks
 * (detector `skip`, or one that gives none) the box is taken for the square of the crop, without rotation.
 */
export function toTemplate ({ box, landmarks }: Detection, template: Landmarks, size: Size, { align, expandPercentage }: Framing): Crop {
  const [height, width] = size
  const fitted = landmarks ? similarityTransform(landmarks, template, !align) : boxToCrop(covering(box, width / height), undefined, width, height, false)
  return { toCrop: zoomedOut(fitted, size, expandPercentage) }
}

/** The box of a face, turned upright about its centre and fitted into a crop of `size`; what the box does not fill is black. */
export function toLetterbox ({ box, landmarks }: Detection, [height, width]: Size, { align, expandPercentage }: Framing): Crop {
  const grown = expand(align ? standing(box, landmarks) : box, expandPercentage)
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
export function standing (box: Box, landmarks: Landmarks | undefined): Box {
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
function covering ({ x, y, w, h }: Box, ratio: number): Box {
  const height = Math.max(h, w / ratio)
  const width = height * ratio
  return { x: x + (w - width) / 2, y: y + (h - height) / 2, w: width, h: height }
}

export interface CropOptions {
  /** Of the crops, in pixels. */
  readonly width: number
  readonly height: number
  readonly outside: WarpTarget['outside']
  /** One grey channel instead of RGB. */
  readonly grey?: boolean
}

/** The values one face got. */
export interface FaceOutputs {
  /** @throws {Error} when the network has no output of that name. */
  named: (name: string) => Float32Array
  /** Of a network with one output. */
  only: () => Float32Array
}

/** Cuts each face out of `picture`, runs the crops through `session` in batches and reads the outputs of each. */
export async function runCrops<Result> (
  session: Session,
  picture: Picture,
  crops: readonly Crop[],
  { width, height, outside, grey = false }: CropOptions,
  read: (outputs: FaceOutputs) => Result
): Promise<Result[]> {
  const results: Result[] = []
  const stride = width * height * 3
  for (let start = 0; start < crops.length; start += BATCH) {
    const batch = crops.slice(start, start + BATCH)
    const rgb = new Uint8Array(batch.length * stride)
    for (const [i, { toCrop, inside }] of batch.entries()) {
      const out = rgb.subarray(i * stride, (i + 1) * stride)
      await crop(picture, toCrop, { width, height, out, outside })
      if (inside) blacken(out, width, inside)
    }
    const outputs = await session.run(grey ? toGrey(rgb) : rgb, [batch.length, height, width, grey ? 1 : 3])
    for (const i of batch.keys()) {
      const row = (values: Float32Array) => values.subarray(i * values.length / batch.length, (i + 1) * values.length / batch.length)
      results.push(read({
        named: (name) => row(output(outputs, name).data),
        only: () => row([...outputs.values()][0]!.data)
      }))
    }
  }
  return results
}

/** Makes the pixels of rows of `width` black that lie outside of `inside`. */
function blacken (rgb: Uint8Array, width: number, inside: NonNullable<Crop['inside']>): void {
  const stride = width * 3
  const [first, last] = [inside.top * stride, (inside.top + inside.height) * stride]
  rgb.fill(0, 0, first)
  rgb.fill(0, last)
  for (let row = first; row < last; row += stride) {
    rgb.fill(0, row, row + inside.left * 3)
    rgb.fill(0, row + (inside.left + inside.width) * 3, row + stride)
  }
}
