/** A rotation in three dimensions: rows of a matrix, row by row. */
export type Rotation = readonly [number, number, number, number, number, number, number, number, number]

export type Point3 = readonly [x: number, y: number, z: number]

/**
 * Returns the rotation of the similarity that maps `from` to `to` with the least weighted squared error. Horn, "Closed-form solution of
 * absolute orientation using unit quaternions", 1987: the eigenvector of the greatest eigenvalue.
 *
 * @example
 * const [r00, , , , , , r20] = rotationBetween(model, points, weights)
 */
export function rotationBetween (from: readonly Point3[], to: readonly Point3[], weights: readonly number[]): Rotation {
  const [p, q] = [centroid(from, weights), centroid(to, weights)]
  // s[3 · i + j] sums axis i of `from` by axis j of `to`.
  const s = new Float64Array(9)
  for (const [k, weight] of weights.entries()) {
    for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) s[3 * i + j]! += weight * (from[k]![i]! - p[i]!) * (to[k]![j]! - q[j]!)
  }
  const [xx, xy, xz, yx, yy, yz, zx, zy, zz] = s as unknown as Rotation
  const [w, x, y, z] = greatestEigenvector([
    [xx + yy + zz, yz - zy, zx - xz, xy - yx],
    [yz - zy, xx - yy - zz, xy + yx, zx + xz],
    [zx - xz, xy + yx, yy - xx - zz, yz + zy],
    [xy - yx, zx + xz, yz + zy, zz - xx - yy]
  ])
  return [
    w * w + x * x - y * y - z * z, 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z
  ]
}

function centroid (points: readonly Point3[], weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return [0, 1, 2].map((axis) => points.reduce((total, point, i) => total + weights[i]! * point[axis]!, 0) / sum)
}

/** Most sweeps of Jacobi's method, which converges quadratically: five are enough for four rows. */
const SWEEPS = 12

/** Returns the unit eigenvector of the greatest eigenvalue of a symmetric matrix of four rows, by Jacobi's rotations. */
function greatestEigenvector (matrix: number[][]): [number, number, number, number] {
  const a = matrix.map((row) => [...row])
  const vectors = a.map((_, i) => a.map((_, j) => Number(i === j)))
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    for (let p = 0; p < 3; p++) {
      for (let q = p + 1; q < 4; q++) {
        const off = a[p]![q]!
        if (off === 0) continue
        const theta = (a[q]![q]! - a[p]![p]!) / (2 * off)
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1))
        const c = 1 / Math.hypot(t, 1)
        for (const rows of [a, vectors]) for (const row of rows) turn(row, p, q, c, t * c)
        for (let k = 0; k < 4; k++) [a[p]![k], a[q]![k]] = [c * a[p]![k]! - t * c * a[q]![k]!, t * c * a[p]![k]! + c * a[q]![k]!]
      }
    }
  }
  let best = 0
  for (let i = 1; i < 4; i++) if (a[i]![i]! > a[best]![best]!) best = i
  return vectors.map((row) => row[best]!) as [number, number, number, number]
}

function turn (row: number[], p: number, q: number, c: number, s: number): void {
  [row[p], row[q]] = [c * row[p]! - s * row[q]!, s * row[p]! + c * row[q]!]
}
