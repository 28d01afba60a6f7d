import { type Metric, type Vector, distance } from './distance.ts'

/** Multiplications one comparison of two pictures may cost: about 30 ms, since it runs on the main thread. */
const BUDGET = 2 ** 25

export interface Pair {
  /** Index into the first list. */
  readonly a: number
  /** Index into the second list. */
  readonly b: number
  readonly distance: number
}

/**
 * The two faces, one of each picture, that are nearest to each other; the first such pair where several are equally near.
 * Undefined when a list is empty.
 *
 * The lists hold the largest faces first. Crowds are cut to their largest faces so that the cost stays bounded: two pictures of
 * up to 512 faces each are compared whole at 128 values a face, 256 at 512, 90 at 4096.
 * @throws {RangeError} when two embeddings differ in length.
 */
export function closestPair (metric: Metric, facesA: readonly Vector[], facesB: readonly Vector[]): Pair | undefined {
  const [first] = facesA
  if (!first || facesB.length === 0) return undefined
  const pairs = BUDGET / Math.max(1, first.length)
  const countA = share(facesA.length, facesB.length, pairs)
  const countB = share(facesB.length, facesA.length, pairs)

  let best: Pair = { a: 0, b: 0, distance: Infinity }
  for (let a = 0; a < countA; a++) {
    for (let b = 0; b < countB; b++) {
      const d = distance(metric, facesA[a]!, facesB[b]!)
      if (d < best.distance) best = { a, b, distance: d }
    }
  }
  return best
}

/** How many of `mine` to compare with `theirs` within `pairs` comparisons: all where the other list is short, else an even share. */
const share = (mine: number, theirs: number, pairs: number): number =>
  Math.min(mine, Math.floor(Math.max(Math.sqrt(pairs), pairs / theirs)))
