import { FROM_COSINE, type Metric, cosineOf, euclideanOf } from './distance.ts'
import { createNearest } from './nearest.ts'
import { dot, dotAndSquare, squaredDifference } from './vector.ts'

/** A search among rows in memory. */
export interface RankRequest {
  /** `rows × length` values, row by row. */
  readonly vectors: Float32Array
  readonly length: number
  readonly query: Float32Array
  readonly metric: Metric
  /** Only rows at this distance or nearer; Infinity for all. */
  readonly threshold: number
  /** Most rows to return; all when undefined. */
  readonly k: number | undefined
}

/** One of the rows nearest to a query. */
export interface Ranked {
  readonly row: number
  readonly distance: number
}

/**
 * Returns the rows nearest to the query, nearest first, equal distances in row order. Exact: every row is compared, and each distance is,
 * to the last bit, the one that `distance` returns. A row that holds NaN has no distance and is never listed.
 *
 * This is the search of `find`. Collections have another one, `src/collections/search`: an index of int8 values that is scanned in
 * WebAssembly, by cosine alone, for many more faces. `find` needs all four metrics, and distances that are DeepFace's to the last bit, so
 * it computes them in doubles from the float32 rows; a folder of photos is small enough for that.
 * @throws {RangeError} when the sizes do not fit each other.
 *
 * @example
 * const ten = rank({ vectors, length: 128, query, metric: 'cosine', threshold: 0.6, k: 10 })
 */
export function rank ({ vectors, length, query, metric, threshold, k }: RankRequest): Ranked[] {
  if (query.length !== length) throw new RangeError(`The query has ${query.length} values, the rows have ${length}.`)
  if (length === 0 || vectors.length % length !== 0) throw new RangeError(`${vectors.length} values are no rows of ${length}.`)
  const rows = vectors.length / length
  const nearest = createNearest(threshold, k ?? rows)
  if (metric === 'euclidean') {
    for (let row = 0; row < rows; row++) nearest.offer(row, euclideanOf(squaredDifference(query, 0, vectors, row * length, length)))
  } else {
    const toDistance = FROM_COSINE[metric]
    const own = dot(query, 0, query, 0, length)
    const pass = new Float64Array(2)
    for (let row = 0; row < rows; row++) {
      dotAndSquare(query, vectors, row * length, length, pass)
      nearest.offer(row, toDistance(cosineOf(pass[0]!, own * pass[1]!)))
    }
  }
  return nearest.sorted()
}
