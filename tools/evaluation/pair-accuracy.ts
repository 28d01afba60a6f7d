import type { Metric } from '../../src/match/distance.ts'
import { closestPair } from '../../src/match/pair.ts'
import type { Pair } from './pair-list.ts'
import { acceptedBelow, bestThreshold, boundAtFar, type Distances, equalErrorRate, rightAt } from './roc.ts'

/** False accept rate at which thresholds are set and true accepts counted: one in a thousand pairs of two people. */
export const FAR = 1e-3

/** A pair that has been compared. */
export interface Compared {
  readonly same: boolean
  readonly fold: number
  /** Distance of the closest faces; undefined when a photo shows none. */
  readonly distance: number | undefined
}

/** Accuracy of the verdicts on pairs of photos. Shares are 0..1; a pair with a photo without a face counts as wrong. */
export interface Accuracy {
  readonly same: number
  readonly different: number
  /** Share of pairs judged correctly at the given threshold; undefined without one. */
  readonly shipped: number | undefined
  readonly best: Best
  /** True accept rate: share of the pairs of one person accepted when `FAR` of those of two are. */
  readonly tar: number
  /** Equal error rate of the pairs that could be compared. */
  readonly eer: number
}

export interface Best {
  /**
   * With folds: mean over them, each judged at the threshold that is best on all others. Without: share at the threshold best on all
   * pairs.
   */
  readonly share: number
  /** Standard deviation over the folds; undefined without folds. */
  readonly deviation: number | undefined
  /** Threshold that is best on all pairs. */
  readonly threshold: number
}

/** Compares the faces of both photos of each pair as `/api/v1/verify` does: by the closest two. */
export const compare = (pairs: readonly Pair[], faces: ReadonlyMap<string, readonly Float32Array[]>, metric: Metric): Compared[] =>
  pairs.map(({ a, b, same, fold }) => ({ same, fold, distance: closestPair(metric, faces.get(a) ?? [], faces.get(b) ?? [])?.distance }))

/** Computes the accuracy over the pairs. `threshold` is the one that ships with the model. */
export function accuracy (pairs: readonly Compared[], folds: number, threshold: number | undefined): Accuracy {
  const distances = split(pairs)
  const same = pairs.filter((pair) => pair.same).length
  return {
    same,
    different: pairs.length - same,
    shipped: threshold === undefined ? undefined : shareRight(pairs, threshold),
    best: best(pairs, folds),
    tar: acceptedBelow(distances.same, boundAtFar(distances.different, FAR), same),
    eer: equalErrorRate(distances)
  }
}

/** Share of the pairs that a threshold judges correctly. */
const shareRight = (pairs: readonly Compared[], threshold: number): number => rightAt(split(pairs), threshold) / pairs.length

function best (pairs: readonly Compared[], folds: number): Best {
  const threshold = bestThreshold(split(pairs))
  if (folds === 1) return { share: shareRight(pairs, threshold), deviation: undefined, threshold }
  const shares = Array.from({ length: folds }, (_, fold) =>
    shareRight(pairs.filter((pair) => pair.fold === fold), bestThreshold(split(pairs.filter((pair) => pair.fold !== fold)))))
  const share = mean(shares)
  return { share, deviation: Math.sqrt(mean(shares.map((x) => (x - share) ** 2))), threshold }
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

function split (pairs: readonly Compared[]): Distances {
  const of = (kind: boolean): Float64Array =>
    Float64Array.from(pairs.flatMap(({ same, distance }) => same === kind && distance !== undefined ? [distance] : [])).sort()
  return { same: of(true), different: of(false) }
}
