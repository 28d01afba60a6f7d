/** Keeps the nearest of the rows that it is offered. */
export interface Nearest {
  /** Offers a row. Rows must come in ascending order, which keeps equal distances in row order. */
  offer: (row: number, distance: number) => void
  /** The kept rows, nearest first, equal distances in row order. */
  sorted: () => Array<{ row: number, distance: number }>
}

/**
 * Collects the `k` nearest rows at `threshold` or nearer, in a binary heap with the worst kept row at its root: a row that is not kept
 * costs one comparison.
 *
 * @example
 * const nearest = createNearest(0.6, 10)
 * for (let row = 0; row < rows; row++) nearest.offer(row, distanceOf(row))
 * const best = nearest.sorted()
 */
export function createNearest (threshold: number, k: number): Nearest {
  const rows: number[] = []
  const distances: number[] = []
  /** Whether position `i` of the heap holds a worse row than position `j`: farther, or as far and later. */
  const worse = (i: number, j: number): boolean =>
    distances[i]! > distances[j]! || (distances[i] === distances[j] && rows[i]! > rows[j]!)

  function swap (i: number, j: number): void {
    [rows[i], rows[j]] = [rows[j]!, rows[i]!];
    [distances[i], distances[j]] = [distances[j]!, distances[i]!]
  }

  function up (i: number): void {
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!worse(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }

  function down (i: number): void {
    for (;;) {
      const left = 2 * i + 1
      if (left >= rows.length) return
      const child = left + 1 < rows.length && worse(left + 1, left) ? left + 1 : left
      if (!worse(child, i)) return
      swap(i, child)
      i = child
    }
  }

  return {
    offer (row, distance) {
      // Negated so that NaN is refused.
      if (!(distance <= threshold)) return
      if (rows.length < k) {
        rows.push(row)
        distances.push(distance)
        up(rows.length - 1)
      } else if (k > 0 && distance < distances[0]!) {
        rows[0] = row
        distances[0] = distance
        down(0)
      }
    },
    sorted: () => rows.map((row, i) => ({ row, distance: distances[i]! })).sort((p, q) => p.distance - q.distance || p.row - q.row)
  }
}
