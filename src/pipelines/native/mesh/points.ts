import type { Landmarks, Point } from '../../../math/point.ts'
import type { Mesh } from '../../contract.ts'

/** A point of a mesh, by MediaPipe's number. */
export const pointOf = ({ points }: Pick<Mesh, 'points'>, i: number): Point => [points[3 * i]!, points[3 * i + 1]!]

/** Distance between two points of a mesh in the picture. */
export function distanceOf (mesh: Pick<Mesh, 'points'>, i: number, j: number): number {
  const [p, q] = [pointOf(mesh, i), pointOf(mesh, j)]
  return Math.hypot(p[0] - q[0], p[1] - q[1])
}

/** Outer corners of the eyes: at the viewer's left, and at their right. */
const CORNERS = [33, 263] as const

/** Angle of the line through the eyes' outer corners, in radians; positive when the one on the viewer's right is lower. */
export function rollOf (mesh: Pick<Mesh, 'points'>): number {
  const [left, right] = CORNERS.map((i) => pointOf(mesh, i)) as [Point, Point]
  return Math.atan2(right[1] - left[1], right[0] - left[0])
}

/** The contours of the eyes, the tip of the nose and the corners of the mouth, in the order of `Landmarks`. */
const FIVE = [
  [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246],
  [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466],
  [1],
  [61],
  [291]
] as const

/** The five landmarks: the mean of each eye's contour, the nose, the corners of the mouth. */
export const fivePoints = (mesh: Pick<Mesh, 'points'>): Landmarks => FIVE.map((contour): Point => {
  let [x, y] = [0, 0]
  for (const i of contour) {
    x += mesh.points[3 * i]! / contour.length
    y += mesh.points[3 * i + 1]! / contour.length
  }
  return [x, y]
}) as unknown as Landmarks
