import { type Metric, type Vector, distance } from './distance.ts'

/** Most multiplications for one comparison of two pictures: about 30 ms, because it runs on the main thread. */
const BUDGET = 2 ** 25

export interface Pair {
  /** Index into the first list. */
  readonly a: number
  /** Index into the second list. */
  readonly b: number
  readonly distance: number
}

/**
 * Finds the two faces, one of each picture, that are nearest to each other; the first such pair when several are equally near. Undefined
 * when a list is empty.
 *
 * The lists hold the largest faces first. Crowds are cut to their largest faces to bound the cost: all faces of two pictures are compared
 * up to 512 faces each at 128 values a face, 256 at 512, 90 at 4096.
 * @throws {RangeError} when two embeddings differ in length.
 *
 * @example
 * const { a, b, distance } = closestPair('cosine', embeddingsOfOne, embeddingsOfOther)!
 */
export function closestPair (metric: Metric, facesA: readonly Vector[], facesB: readonly Vector[]): Pair | undefined {
  return nearestPairs(metric, facesA, facesB, -Infinity, 1)[0]
}

/**
 * Finds the pairs of faces, one of each picture, whose distance is at most `within`, nearest first and at most `most`; the nearest one whatever its
 * distance. Crowds are cut as for `closestPair`. Empty when a list is.
 * @throws {RangeError} when two embeddings differ in length.
 */
export function nearestPairs (metric: Metric, facesA: readonly Vector[], facesB: readonly Vector[], within: number, most: number): Pair[] {
  const [first] = facesA
  if (!first || facesB.length === 0) return []
  const pairs = BUDGET / Math.max(1, first.length)
  const countA = share(facesA.length, facesB.length, pairs)
  const countB = share(facesB.length, facesA.length, pairs)

  let best: Pair = { a: 0, b: 0, distance: Infinity }
  const near: Pair[] = []
  for (let a = 0; a < countA; a++) {
    for (let b = 0; b < countB; b++) {
      const d = distance(metric, facesA[a]!, facesB[b]!)
      if (d < best.distance) best = { a, b, distance: d }
      if (d <= within) near.push({ a, b, distance: d })
    }
  }
  return near.length === 0 ? [best] : near.sort((p, q) => p.distance - q.distance).slice(0, most)
}

/** Number of `mine` to compare with `theirs` within `pairs` comparisons: all when the other list is short, otherwise an even share. */
const share = (mine: number, theirs: number, pairs: number): number =>
  Math.min(mine, Math.floor(Math.max(Math.sqrt(pairs), pairs / theirs)))
