/** Distances of pairs of one person and of two, each ascending and without NaN. A pair counts as one person at or below a threshold. */
export interface Distances {
  readonly same: Float64Array
  readonly different: Float64Array
}

/** How many of the ascending `values` are at or below `threshold`. */
export const countAtMost = (values: Float64Array, threshold: number): number => partition(values, (value) => value <= threshold)

const countBelow = (values: Float64Array, bound: number): number => partition(values, (value) => value < bound)

/** How many values at the start fulfil `holds`, which no value after the first that does not may fulfil. */
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

/** Pairs that `threshold` judges rightly. */
export const rightAt = ({ same, different }: Distances, threshold: number): number =>
  countAtMost(same, threshold) + different.length - countAtMost(different, threshold)

/** The threshold that judges most pairs rightly, the lowest of several; −Infinity where nothing should be accepted. */
export function bestThreshold (distances: Distances): number {
  // Between two pairs of one person, each further step can only accept two people more.
  let best = { threshold: -Infinity, right: distances.different.length }
  for (const threshold of distances.same) {
    const right = rightAt(distances, threshold)
    if (right > best.right) best = { threshold, right }
  }
  return best.threshold
}

/**
 * The bound below which no more than the share `far` of the pairs of two people lies: the distance of the nearest pair that must
 * not be accepted. Infinity where all may be.
 */
export const boundAtFar = (different: Float64Array, far: number): number => different[allowed(far, different.length)] ?? Infinity

/** False accepts that a rate of `far` permits among `count` pairs. The slack keeps 0.29 × 100 at 29. */
export const allowed = (far: number, count: number): number => Math.floor(far * count + 1e-9)

/** Share of `total` pairs of one person that are accepted below `bound`. */
export const acceptedBelow = (same: Float64Array, bound: number, total: number): number => countBelow(same, bound) / total

/** The rate of errors at the threshold at which false accepts and false rejects are as equally frequent as they get; their mean. */
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
