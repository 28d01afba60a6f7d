import { type Affine, compose } from '../geometry/affine.ts'
import type { Box } from '../geometry/box.ts'
import type { Landmarks, Point } from '../geometry/point.ts'
import { similarity } from '../geometry/similarity.ts'
import { crop } from '../image/crop.ts'
import type { Picture } from '../image/picture.ts'
import { grey as toGrey, type WarpTarget } from '../image/warp.ts'
import { output, type Session } from '../onnx/session.ts'
import type { Detection, Framing } from './model.ts'

/** Faces that go through a network at once. More gain nothing on a CPU and cost memory. */
const BATCH = 8

/**
 * Takes a face to the crop a recogniser was trained on: its five landmarks to `template` in a square of `size` pixels.
 * Without landmarks (detector `skip`, or one that gives none) the box is taken for the square of the crop, without rotation.
 */
export function toTemplate ({ box, landmarks }: Detection, template: Landmarks, size: number, { align, expandPercentage }: Framing): Affine {
  const fitted = landmarks ? similarity(landmarks, template, !align) : boxToSquare(box, size)
  return zoomedOut(fitted, size, expandPercentage)
}

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

/** Angle of the line through the eyes, in radians; positive when the viewer's right eye is lower. */
export const roll = ([left, right]: Landmarks): number => Math.atan2(right[1] - left[1], right[0] - left[0])

/** `m` with its target shrunk about the centre, so that `percent` more of the picture is seen. */
function zoomedOut (m: Affine, size: number, percent: number): Affine {
  if (percent === 0) return m
  const k = 1 / (1 + percent / 100)
  const centre: Point = [(size - 1) / 2, (size - 1) / 2]
  return compose({ a: k, b: 0, tx: centre[0] * (1 - k), c: 0, d: k, ty: centre[1] * (1 - k) }, m)
}

function boxToSquare ({ x, y, w, h }: Box, size: number): Affine {
  const side = Math.max(w, h)
  return boxToCrop({ x: x + (w - side) / 2, y: y + (h - side) / 2, w: side, h: side }, undefined, size, size, false)
}

export interface CropOptions {
  /** Side of the square crops, in pixels. */
  readonly size: number
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
  crops: readonly Affine[],
  { size, outside, grey = false }: CropOptions,
  read: (outputs: FaceOutputs) => Result
): Promise<Result[]> {
  const results: Result[] = []
  const stride = size * size * 3
  for (let start = 0; start < crops.length; start += BATCH) {
    const batch = crops.slice(start, start + BATCH)
    const rgb = new Uint8Array(batch.length * stride)
    for (const [i, toCrop] of batch.entries()) {
      await crop(picture, toCrop, { width: size, height: size, out: rgb.subarray(i * stride, (i + 1) * stride), outside })
    }
    const outputs = await session.run(grey ? toGrey(rgb) : rgb, [batch.length, size, size, grey ? 1 : 3])
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
