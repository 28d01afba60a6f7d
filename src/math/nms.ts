import { type Box, iou } from './box.ts'

/** What non-maximum suppression needs of a detection. */
interface Scored {
  readonly box: Box
  /** 0..1. */
  readonly score: number
}

/**
 * Greedy non-maximum suppression: the best first, without those that overlap a better one by more than `threshold`.
 * Equal scores keep their order.
 */
export function nmsGreedy<D extends Scored> (detections: readonly D[], threshold: number, overlap: (p: Box, q: Box) => number = iou): D[] {
  const kept: D[] = []
  for (const detection of [...detections].sort((p, q) => q.score - p.score)) {
    if (kept.every(({ box }) => overlap(box, detection.box) <= threshold)) kept.push(detection)
  }
  return kept
}
