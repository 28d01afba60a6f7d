import type { Point } from './point.ts'

/** Twice the signed area of the triangle of three points. */
const turn = ([ax, ay]: Point, [bx, by]: Point, [cx, cy]: Point): number => (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)

/** Returns the corners of the convex hull of points, in the order of its outline (Andrew's monotone chain, 1979). */
export function convexHull (points: readonly Point[]): Point[] {
  const sorted = points.toSorted(([ax, ay], [bx, by]) => ax - bx || ay - by)
  return [...chain(sorted), ...chain(sorted.reverse())]
}

/** One side of the hull, without its last point, which begins the other side. */
function chain (sorted: readonly Point[]): Point[] {
  const corners: Point[] = []
  for (const point of sorted) {
    while (corners.length > 1 && turn(corners.at(-2)!, corners.at(-1)!, point) <= 0) corners.pop()
    corners.push(point)
  }
  return corners.slice(0, -1)
}

/**
 * Calls `each` with every row of pixels that a convex polygon covers, and its first and last covered column; pixels lie at whole numbers.
 * Rows and columns outside `width` × `height` are left out.
 */
export function eachRow (corners: readonly Point[], width: number, height: number, each: (y: number, from: number, to: number) => void): void {
  const ys = corners.map(([, y]) => y)
  const bottom = Math.min(height - 1, Math.floor(Math.max(...ys)))
  for (let y = Math.max(0, Math.ceil(Math.min(...ys))); y <= bottom; y++) {
    let [left, right] = [Infinity, -Infinity]
    for (const [i, [ax, ay]] of corners.entries()) {
      const [bx, by] = corners[(i + 1) % corners.length]!
      if ((ay - y) * (by - y) > 0) continue
      const crossings = ay === by ? [ax, bx] : [ax + (bx - ax) * (y - ay) / (by - ay)]
      left = Math.min(left, ...crossings)
      right = Math.max(right, ...crossings)
    }
    const [from, to] = [Math.max(0, Math.ceil(left)), Math.min(width - 1, Math.floor(right))]
    if (from <= to) each(y, from, to)
  }
}
