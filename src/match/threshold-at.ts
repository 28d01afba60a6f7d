import { FROM_COSINE, type Metric } from './distance.ts'

/**
 * Returns the distance by `metric` of two faces at this cosine similarity. Euclidean distances, which depend on the lengths of the vectors too,
 * are in proportion to those of vectors of length 1, as the calibrated `thresholds` are.
 */
export function thresholdAt (thresholds: Readonly<Record<Metric, number>>, metric: Metric, cosine: number): number {
  if (metric !== 'euclidean') return FROM_COSINE[metric](cosine)
  return thresholds.euclidean * FROM_COSINE.euclidean_l2(cosine) / thresholds.euclidean_l2
}

/** Returns the threshold of a pair by `metric` once it asks for `shift` more of cosine similarity. */
export const movedThreshold = (thresholds: Readonly<Record<Metric, number>>, metric: Metric, shift: number): number =>
  thresholdAt(thresholds, metric, 1 - thresholds.cosine + shift)
