import { type Vector, dot, scaled, squaredDifference } from './vector.ts'

export type { Vector } from './vector.ts'

/** The metrics that a client may name, in the order of the contract. */
export const METRICS = ['cosine', 'euclidean', 'euclidean_l2', 'angular'] as const
export type Metric = typeof METRICS[number]

/** Bounds within which a product of two squared lengths has neither overflowed nor lost digits. */
const SAFE = { least: 1e-280, most: 1e280 }

/**
 * Cosine of the angle between two vectors, −1..1 in spite of rounding; exactly 1 for a vector and itself. A zero vector has no direction:
 * it counts as orthogonal to every vector, itself included (0). DeepFace returns infinity for it, which JSON cannot carry.
 * @throws {RangeError} when the lengths differ.
 */
export function similarity (a: Vector, b: Vector): number {
  sameLength(a, b)
  const n = a.length
  const lengths = dot(a, 0, a, 0, n) * dot(b, 0, b, 0, n)
  if (lengths > SAFE.least && lengths < SAFE.most) return cosineOf(dot(a, 0, b, 0, n), lengths)
  const [p, q] = [scaled(a), scaled(b)]
  return cosineOf(dot(p, 0, q, 0, n), dot(p, 0, p, 0, n) * dot(q, 0, q, 0, n))
}

/** `product` / √`lengths`, within −1..1. `lengths` is the product of both squared lengths: its root is exact when they are equal. */
export const cosineOf = (product: number, lengths: number): number =>
  lengths === 0 ? 0 : Math.min(1, Math.max(-1, product / Math.sqrt(lengths)))

/**
 * The metrics that depend on the angle alone, as functions of its cosine. The distance of a zero vector is 1 for cosine, √2 for
 * euclidean_l2, 0.5 for angular. Differences are taken from 1, so that 0 is never −0.
 */
export const FROM_COSINE = {
  /** 1 − cos: 0 for the same direction, 1 for orthogonal vectors, 2 for opposite ones. */
  cosine: (cos: number): number => 1 - cos,
  /** Euclidean distance of the two vectors scaled to length 1, 0..2: |a − b|² = 2 − 2 cos. */
  euclidean_l2: (cos: number): number => Math.sqrt(2 * (1 - cos)),
  /** Angle as a share of a half turn, 0..1. */
  angular: (cos: number): number => Math.acos(cos) / Math.PI
} as const satisfies Partial<Record<Metric, (cos: number) => number>>

/** Cosine distance, 1 − cos, 0..2. */
export const cosine = (a: Vector, b: Vector): number => FROM_COSINE.cosine(similarity(a, b))

/** Euclidean distance of `a` and `b` scaled to length 1, 0..2. */
export const euclideanL2 = (a: Vector, b: Vector): number => FROM_COSINE.euclidean_l2(similarity(a, b))

/** Angular distance, arccos(cos) / π, 0..1. */
export const angular = (a: Vector, b: Vector): number => FROM_COSINE.angular(similarity(a, b))

/**
 * Euclidean distance |a − b|, 0 or more; at most the largest double.
 * @throws {RangeError} when the lengths differ.
 */
export function euclidean (a: Vector, b: Vector): number {
  sameLength(a, b)
  return euclideanOf(squaredDifference(a, 0, b, 0, a.length))
}

/** Euclidean distance from its square. */
export const euclideanOf = (squared: number): number => Math.min(Number.MAX_VALUE, Math.sqrt(squared))

const DISTANCES: Readonly<Record<Metric, (a: Vector, b: Vector) => number>> = { cosine, euclidean, euclidean_l2: euclideanL2, angular }

/**
 * Distance of two embeddings; a smaller one is more similar. Finite for finite vectors.
 * @throws {RangeError} when the lengths differ.
 */
export const distance = (metric: Metric, a: Vector, b: Vector): number => DISTANCES[metric](a, b)

function sameLength (a: Vector, b: Vector): void {
  if (a.length !== b.length) throw new RangeError(`Embeddings of ${a.length} and ${b.length} values cannot be compared.`)
}
