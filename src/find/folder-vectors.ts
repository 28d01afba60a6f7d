import { yieldToLoop } from '../system/async.ts'
import type { Photo } from './photo.ts'

/** All photos of an index, with their vectors side by side in memory that the workers share. Never modified, only replaced. */
export interface FolderVectors {
  readonly photos: ReadonlyMap<string, Photo>
  /** Values of an embedding; 0 while there are no faces. */
  readonly length: number
  /** rows × length values. */
  readonly vectors: Float32Array<SharedArrayBuffer>
  /** The photo of each row. */
  readonly owners: readonly Photo[]
  /** For each row, the first row of its photo: row − first is the index of the face in its photo. */
  readonly first: Uint32Array
}

export const NO_VECTORS: FolderVectors = {
  photos: new Map(),
  length: 0,
  vectors: new Float32Array(new SharedArrayBuffer(0)),
  owners: [],
  first: new Uint32Array(0)
}

/** Returns the number of values of an embedding of these photos; 0 when none has a face. */
export function lengthOf (photos: Iterable<Photo>): number {
  for (const { faces, vectors } of photos) if (faces.length > 0) return vectors.length / faces.length
  return 0
}

/** Sorts `photos` by path and copies their vectors side by side. The memory that held the vectors before can then be freed. */
export async function layOut (photos: Iterable<Photo>): Promise<FolderVectors> {
  const sorted = [...photos].sort((p, q) => p.path < q.path ? -1 : 1)
  const length = lengthOf(sorted)
  const rows = sorted.reduce((sum, { faces }) => sum + faces.length, 0)
  const vectors = new Float32Array(new SharedArrayBuffer(rows * length * 4))
  const first = new Uint32Array(rows)
  const owners: Photo[] = []
  const placed = new Map<string, Photo>()
  let row = 0
  for (const photo of sorted) {
    const from = row * length
    vectors.set(photo.vectors, from)
    const moved: Photo = { ...photo, vectors: vectors.subarray(from, from + photo.vectors.length) }
    placed.set(moved.path, moved)
    for (let face = 0; face < moved.faces.length; face++) owners.push(moved)
    first.fill(row, row, row + moved.faces.length)
    row += moved.faces.length
    await yieldToLoop(placed.size)
  }
  return { photos: placed, length, vectors, owners, first }
}
