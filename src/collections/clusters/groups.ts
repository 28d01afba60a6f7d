import { dot } from '../../match/vector.ts'

/**
 * Groups of faces during clustering, one place for each face. A group is stored at the place of its first face; `parents` of all other places
 * lead there.
 */
export interface Groups {
  /** Values of an embedding. */
  readonly length: number
  /** count × length: sum of the unit vectors of each group. */
  readonly sums: Float32Array
  /** Squared length of each sum. */
  readonly squares: Float64Array
  /** Number of faces of each group. */
  readonly sizes: Int32Array
  readonly parents: Int32Array
  /** Increases with every change of a group. */
  readonly stamps: Int32Array
  /** Memory for placesOf. */
  readonly places: Int32Array
}

/**
 * Makes each face a group of its own.
 * @param embeddings count × length values of any scale. They are scaled to unit length in place and become the sums.
 * @param Memory SharedArrayBuffer where several threads use the groups.
 */
export function groupsFrom (embeddings: Float32Array, length: number, Memory: { new (bytes: number): ArrayBufferLike } = ArrayBuffer): Groups {
  const count = embeddings.length / length
  const words = (): Int32Array => new Int32Array(new Memory(4 * count))
  const groups: Groups = {
    length, sums: embeddings, squares: new Float64Array(new Memory(8 * count)), sizes: words().fill(1), parents: words(), stamps: words(), places: words()
  }
  for (let i = 0; i < count; i++) {
    const norm = Math.sqrt(dot(embeddings, i * length, embeddings, i * length, length))
    if (norm > 0) for (let j = i * length; j < (i + 1) * length; j++) embeddings[j]! /= norm
    groups.squares[i] = dot(embeddings, i * length, embeddings, i * length, length)
    groups.parents[i] = i
  }
  return groups
}

/** Place of the group that face `i` belongs to. Halves the path on the way (Tarjan and van Leeuwen 1984). */
export function groupOf ({ parents }: Groups, i: number): number {
  while (parents[i] !== i) {
    parents[i] = parents[parents[i]!]!
    i = parents[i]!
  }
  return i
}

/** Places of all groups, in the order of their first face, in memory that the next call writes again. */
export function placesOf ({ parents, places }: Groups): Int32Array {
  let count = 0
  for (let i = 0; i < parents.length; i++) if (parents[i] === i) places[count++] = i
  return places.subarray(0, count)
}

/** Cosine of the mean vectors of groups `a` and `b`; 0 where one has no direction. */
export function cosineOfMeans ({ sums, squares, length }: Groups, a: number, b: number): number {
  const lengths = squares[a]! * squares[b]!
  return lengths > 0 ? dot(sums, a * length, sums, b * length, length) / Math.sqrt(lengths) : 0
}

/**
 * Likeness of groups `a` and `b`: the cosine of their mean vectors times a power of the product of the lengths of these, which are the shorter
 * the less the faces of a group resemble each other. At most the cosine.
 */
export function likenessOf (groups: Groups, a: number, b: number, lengthPower: number): number {
  const { squares, sizes } = groups
  return cosineOfMeans(groups, a, b) * (Math.sqrt(squares[a]! * squares[b]!) / (sizes[a]! * sizes[b]!)) ** lengthPower
}

/** Joins group `b` to group `a`, which has the earlier face. */
export function join ({ sums, squares, sizes, parents, stamps, length }: Groups, a: number, b: number): void {
  for (let j = 0; j < length; j++) sums[a * length + j]! += sums[b * length + j]!
  squares[a] = dot(sums, a * length, sums, a * length, length)
  sizes[a]! += sizes[b]!
  stamps[a]! += stamps[b]! + 1
  parents[b] = a
}

/** Number of its group for each face, in the order of the groups' first faces. */
export function numbered (groups: Groups): Int32Array {
  const numbers = new Int32Array(groups.parents.length)
  let next = 0
  for (let i = 0; i < numbers.length; i++) {
    const place = groupOf(groups, i)
    numbers[i] = place === i ? next++ : numbers[place]!
  }
  return numbers
}
