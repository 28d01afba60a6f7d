import { type Affine, apply, invert, scaleOf } from '../../../math/affine.ts'
import type { Point } from '../../../math/point.ts'
import type { Detection, Mesh, Square } from '../../contract.ts'
import { roll } from '../align.ts'
import { rollOf } from './points.ts'

/**
 * The square around a detected face, in longer sides of YuNet's box, and moved down the face by a part of that side. The mesh asks for one that is
 * smaller by an eighth at the median (400 photos of LFW's development set; 5 to 25 % for 98 of a hundred).
 */
const FIRST = { side: 1.288, down: 0.05 }

/** Side of the square around the points of a mesh, in longer sides of their box. MediaPipe has 1.5. */
const NEXT = 1.25

/** Returns the square in which the mesh of a detected face is searched first. */
export function firstSquare ({ box: { x, y, w, h }, landmarks }: Detection): Square {
  const angle = landmarks ? roll(landmarks) : 0
  const longer = Math.max(w, h)
  const down = FIRST.down * longer
  // Pixel centres are whole numbers, so the centre of the box lies half a pixel before its middle edge.
  const centre: Point = [x + w / 2 - 0.5 - down * Math.sin(angle), y + h / 2 - 0.5 + down * Math.cos(angle)]
  return { centre, side: FIRST.side * longer, angle }
}

/** Returns the square in which a mesh asks to be searched again: around its points, with the eyes level. */
export function nextSquare (mesh: Pick<Mesh, 'points'>): Square {
  const angle = rollOf(mesh)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity]
  for (let i = 0; i < mesh.points.length; i += 3) {
    const [x, y] = [mesh.points[i]!, mesh.points[i + 1]!]
    const [u, v] = [cos * x + sin * y, cos * y - sin * x]
    left = Math.min(left, u)
    right = Math.max(right, u)
    top = Math.min(top, v)
    bottom = Math.max(bottom, v)
  }
  const [u, v] = [(left + right) / 2, (top + bottom) / 2]
  return { centre: [cos * u - sin * v, sin * u + cos * v], side: NEXT * Math.max(right - left, bottom - top), angle }
}

/** Returns a square after `m` has moved, scaled and rotated its picture. */
export const moveSquare = (m: Affine, { centre, side, angle }: Square): Square =>
  ({ centre: apply(m, centre), side: side * scaleOf(m), angle: angle + Math.atan2(m.c, m.a) })

/** Maps the picture to a crop of `size` × `size` pixels that shows the square, with the face upright. */
export function squareToCrop ({ centre: [x, y], side, angle }: Square, size: number): Affine {
  const scale = size / side
  const [cos, sin] = [scale * Math.cos(angle), scale * Math.sin(angle)]
  const middle = (size - 1) / 2
  return { a: cos, b: sin, tx: middle - cos * x - sin * y, c: -sin, d: cos, ty: middle + sin * x - cos * y }
}

/**
 * Returns the points that a network found in a crop in pixels of the picture. Its x and y count from the edge of the crop, so that the
 * centre of the first pixel is at one half; z is in the same unit.
 */
export function pointsInPicture (values: ArrayLike<number>, toCrop: Affine): Float32Array {
  const back = invert(toCrop)
  const scale = scaleOf(back)
  const points = new Float32Array(values.length)
  for (let i = 0; i < values.length; i += 3) {
    points.set(apply(back, [values[i]! - 0.5, values[i + 1]! - 0.5]), i)
    points[i + 2] = values[i + 2]! * scale
  }
  return points
}

/** Difference of two angles in radians, 0 to π. */
export const turnBetween = (p: number, q: number): number => Math.abs(Math.atan2(Math.sin(p - q), Math.cos(p - q)))
