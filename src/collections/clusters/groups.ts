import { dot } from '../../match/vector.ts'
import type { JoinRule } from './join-rule.ts'

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
  /** Sum of the rises of the faces of each group (`FacesToGroup`). */
  readonly rises: Float64Array
  readonly parents: Int32Array
  /** Increases with every change of a group. */
  readonly stamps: Int32Array
  /** Memory for placesOf. */
  readonly places: Int32Array
}

/** The faces to be grouped. */
export interface FacesToGroup {
  /** count × length values of any scale. */
  readonly embeddings: Float32Array
  readonly length: number
  /**
   * How much more cosine each face asks for than the rule, because people of its age resemble each other; none where undefined. Two groups ask for
   * the lesser of their mean rises, as a pair of faces asks for that of the older one.
   */
  readonly rises?: Float32Array | undefined
}

/**
 * Makes each face a group of its own. The embeddings are scaled to unit length in place and become the sums.
 * @param Memory SharedArrayBuffer where several threads use the groups.
 */
export function groupsFrom ({ embeddings, length, rises }: FacesToGroup, Memory: { new (bytes: number): ArrayBufferLike } = ArrayBuffer): Groups {
  const count = embeddings.length / length
  const words = (): Int32Array => new Int32Array(new Memory(4 * count))
  const doubles = (): Float64Array => new Float64Array(new Memory(8 * count))
  const groups: Groups = {
    length, sums: embeddings, squares: doubles(), sizes: words().fill(1), rises: doubles(), parents: words(), stamps: words(), places: words()
  }
  if (rises) groups.rises.set(rises)
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

type LengthPowers = Pick<JoinRule, 'lengthPower' | 'youngLengthPower'>

/** How much more cosine groups `a` and `b` ask for than the rule. */
export const riseBetween = ({ rises, sizes }: Pick<Groups, 'rises' | 'sizes'>, a: number, b: number): number => Math.min(rises[a]! / sizes[a]!, rises[b]! / sizes[b]!)

/**
 * Likeness of groups `a` and `b`: the cosine of their mean vectors times a power of the product of the lengths of these, which are the shorter
 * the less the faces of a group resemble each other, less their rise. At most the cosine less the rise.
 */
export function likenessOf (groups: Groups, a: number, b: number, { lengthPower, youngLengthPower }: LengthPowers): number {
  const { squares, sizes } = groups
  const rise = riseBetween(groups, a, b)
  const agreement = Math.sqrt(squares[a]! * squares[b]!) / (sizes[a]! * sizes[b]!)
  return cosineOfMeans(groups, a, b) * agreement ** (rise > 0 ? youngLengthPower : lengthPower) - rise
}

/** Joins group `b` to group `a`, which has the earlier face. */
export function join ({ sums, squares, sizes, rises, parents, stamps, length }: Groups, a: number, b: number): void {
  for (let j = 0; j < length; j++) sums[a * length + j]! += sums[b * length + j]!
  squares[a] = dot(sums, a * length, sums, a * length, length)
  sizes[a]! += sizes[b]!
  rises[a]! += rises[b]!
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
