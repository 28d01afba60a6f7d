import type { Point } from '../../math/point.ts'

/** A 3 × 3 matrix, row by row. */
export type Perspective = readonly [number, number, number, number, number, number, number, number, number]

export type Corners = readonly [Point, Point, Point, Point]

const { abs, fround } = Math

/**
 * Returns the perspective that maps four points to four others. OpenCV's `getPerspectiveTransform` (4.10, `imgproc/src/imgwarp.cpp`), in its
 * order of operations: the last bit decides the phase of a sample that falls between two of the 32.
 */
export function perspective (from: Corners, to: Corners): Perspective {
  const rows: number[][] = []
  for (const axis of [0, 1] as const) {
    for (const [i, [x, y]] of from.entries()) {
      const target = to[i]![axis]
      const own = [x, y, 1]
      const rest = [0, 0, 0]
      rows.push([...(axis === 0 ? [...own, ...rest] : [...rest, ...own]), fround(-x * target), fround(-y * target), target])
    }
  }
  return [...solve(rows), 1] as unknown as Perspective
}

/**
 * Solves linear equations, as many as unknowns, each given as a row of factors and the right side: `LUImpl` of OpenCV's
 * `core/src/matrix_decomp.cpp`. Changes `rows`.
 */
function solve (rows: number[][]): number[] {
  const n = rows.length
  for (let i = 0; i < n; i++) {
    let pivot = i
    for (let j = i + 1; j < n; j++) if (abs(rows[j]![i]!) > abs(rows[pivot]![i]!)) pivot = j
    const row = rows[pivot]!
    rows[pivot] = rows[i]!
    rows[i] = row
    const d = -1 / row[i]!
    for (let j = i + 1; j < n; j++) {
      const below = rows[j]!
      const alpha = below[i]! * d
      for (let k = i + 1; k <= n; k++) below[k] = below[k]! + alpha * row[k]!
    }
  }
  const found = new Array<number>(n)
  for (let i = n - 1; i >= 0; i--) {
    const row = rows[i]!
    let sum = row[n]!
    for (let k = i + 1; k < n; k++) sum -= row[k]! * found[k]!
    found[i] = sum / row[i]!
  }
  return found
}

/** Inverts a 3 × 3 matrix like OpenCV's `invert` (4.10, `core/src/lapack.cpp`). */
export function inverse ([a, b, c, d, e, f, g, h, i]: Perspective): Perspective {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
  const s = determinant === 0 ? 0 : 1 / determinant
  return [
    (e * i - f * h) * s, (c * h - b * i) * s, (b * f - c * e) * s,
    (f * g - d * i) * s, (a * i - c * g) * s, (c * d - a * f) * s,
    (d * h - e * g) * s, (b * g - a * h) * s, (a * e - b * d) * s
  ]
}
