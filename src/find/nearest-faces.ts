import type { FaceEngine } from '../engine/face-engine.ts'
import { similarity, type Metric } from '../match/distance.ts'
import type { Ranked } from '../match/rank.ts'
import type { Box } from '../math/box.ts'
import { eachLimit } from '../system/async.ts'
import type { FolderVectors } from './folder-vectors.ts'
import { display } from './photo.ts'

export interface Hit {
  /** Path of the photo below the root. */
  readonly path: string
  /** SHA-256 of the photo's bytes, lower-case hex. */
  readonly hash: string
  /** Box of the face in the photo. */
  readonly box: Box
  readonly distance: number
  /** Cosine of the angle between both embeddings, −1..1, whatever the metric. */
  readonly similarity: number
  /** Properties by which verdicts go. */
  readonly details: { readonly age?: number }
}

export interface SearchOptions {
  readonly metric: Metric
  /** Largest distance of a hit; Infinity for all faces. */
  readonly threshold: number
  /** Most hits for each query; all when undefined. */
  readonly k: number | undefined
  readonly signal?: AbortSignal
}

/** Returns the faces of the index nearest to each query, nearest first. @throws {FaceError} errors of the engine; the reason of `signal`. */
export async function nearestFaces (
  engine: FaceEngine,
  { owners, first, vectors, length }: FolderVectors,
  queries: readonly Float32Array[],
  { metric, threshold, k, signal }: SearchOptions
): Promise<Hit[][]> {
  const hitOf = (query: Float32Array) => ({ row, distance }: Ranked): Hit => {
    const { path, hash, faces } = owners[row]!
    const vector = vectors.subarray(row * length, (row + 1) * length)
    const { box, ...details } = faces[row - first[row]!]!
    return { path: display(path), hash, box, distance, similarity: similarity(query, vector), details }
  }
  const hits: Hit[][] = queries.map(() => [])
  // At most one search for each worker: the faces of one crowd must not fill the queue.
  await eachLimit(owners.length === 0 ? [] : [...queries.entries()], engine.workers, async ([i, query]) => {
    const nearest = await engine.search({ vectors, length, query, metric, threshold, k }, signal && { signal })
    hits[i] = nearest.map(hitOf(query))
  })
  return hits
}
