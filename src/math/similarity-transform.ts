import type { Affine } from './affine.ts'
import type { Point } from './point.ts'

/**
 * Returns the similarity (rotation, uniform scale, shift; no reflection) that maps `from` to `to` with the least squared error. Umeyama,
 * "Least-squares estimation of transformation parameters between two point patterns", 1991, in closed form for two dimensions.
 * @param noRotation leaves the rotation out: the best scale and shift alone.
 * @throws {RangeError} when all points of `from` coincide.
 *
 * @example
 * const toCrop = similarityTransform(face.landmarks, template)
 * const inCrop = apply(toCrop, face.landmarks[0])
 */
export function similarityTransform (from: readonly Point[], to: readonly Point[], noRotation = false): Affine {
  const [fx, fy] = centroid(from)
  const [gx, gy] = centroid(to)
  let dot = 0
  let cross = 0
  let norm = 0
  for (let i = 0; i < from.length; i++) {
    const x = from[i]![0] - fx
    const y = from[i]![1] - fy
    const u = to[i]![0] - gx
    const v = to[i]![1] - gy
    dot += x * u + y * v
    cross += x * v - y * u
    norm += x * x + y * y
  }
  if (norm === 0) throw new RangeError('The points coincide.')
  // Without rotation the scale must stay positive, so that a face upside down is not mirrored.
  const a = noRotation ? Math.hypot(dot, cross) / norm : dot / norm
  const b = noRotation ? 0 : cross / norm
  return { a, b: -b, tx: gx - a * fx + b * fy, c: b, d: a, ty: gy - b * fx - a * fy }
}

function centroid (points: readonly Point[]): Point {
  let x = 0
  let y = 0
  for (const [px, py] of points) {
    x += px / points.length
    y += py / points.length
  }
  return [x, y]
}
