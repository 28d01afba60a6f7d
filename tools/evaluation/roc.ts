/**
 * Distances of pairs of one person and of two, each ascending and without NaN. A pair is accepted as one person at or below a threshold.
 */
export interface Distances {
  readonly same: Float64Array
  readonly different: Float64Array
}

/** Number of the ascending `values` at or below `threshold`. */
export const countAtMost = (values: Float64Array, threshold: number): number => partition(values, (value) => value <= threshold)

const countBelow = (values: Float64Array, bound: number): number => partition(values, (value) => value < bound)

/** Number of leading values for which `holds` is true; it must be false for all values after the first for which it is false. */
function partition (values: Float64Array, holds: (value: number) => boolean): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (holds(values[middle]!)) low = middle + 1
    else high = middle
  }
  return low
}

/** Number of pairs that `threshold` judges correctly. */
export const rightAt = ({ same, different }: Distances, threshold: number): number =>
  countAtMost(same, threshold) + different.length - countAtMost(different, threshold)

/** Threshold that judges most pairs correctly, the lowest of several; −Infinity when accepting none is best. */
export function bestThreshold (distances: Distances): number {
  // Only distances of pairs of one person need to be tried: between two of them, raising the threshold can only add false accepts.
  let best = { threshold: -Infinity, right: distances.different.length }
  for (const threshold of distances.same) {
    const right = rightAt(distances, threshold)
    if (right > best.right) best = { threshold, right }
  }
  return best.threshold
}

/**
 * Bound below which at most the share `far` of the pairs of two people lies: the distance of the nearest pair that must not be accepted.
 * Infinity when all may be.
 */
export const boundAtFar = (different: Float64Array, far: number): number => different[allowed(far, different.length)] ?? Infinity

/** Number of false accepts that a rate of `far` permits among `count` pairs. The slack keeps 0.29 × 100 at 29. */
export const allowed = (far: number, count: number): number => Math.floor(far * count + 1e-9)

/** Share of `total` pairs of one person accepted below `bound`. */
export const acceptedBelow = (same: Float64Array, bound: number, total: number): number => countBelow(same, bound) / total

/** Equal error rate: mean of the false accept and false reject rates at the threshold at which they are closest. */
export function equalErrorRate ({ same, different }: Distances): number {
  let best = { gap: Infinity, rate: NaN }
  for (const threshold of [-Infinity, ...same, ...different]) {
    const accepts = countAtMost(different, threshold) / different.length
    const rejects = 1 - countAtMost(same, threshold) / same.length
    const gap = Math.abs(accepts - rejects)
    if (gap < best.gap) best = { gap, rate: (accepts + rejects) / 2 }
  }
  return best.rate
}
