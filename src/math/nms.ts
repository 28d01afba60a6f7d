import { type Box, iou } from './box.ts'

/** The part of a detection that non-maximum suppression reads. */
interface Scored {
  readonly box: Box
  /** Confidence, 0..1. */
  readonly score: number
}

/**
 * Greedy non-maximum suppression, for detectors without a reference to follow bit for bit: sorts best first, equal scores in their order,
 * and drops each detection that overlaps a kept one by more than `threshold`.
 *
 * @example
 * const faces = nmsGreedy(candidates, 0.4)
 * const unique = nmsGreedy(faces, 0.7, nesting)
 */
export function nmsGreedy<D extends Scored> (
  detections: readonly D[],
  threshold: number,
  overlap: (p: Box, q: Box) => number = iou
): D[] {
  const kept: D[] = []
  for (const detection of [...detections].sort((p, q) => q.score - p.score)) {
    if (kept.every(({ box }) => overlap(box, detection.box) <= threshold)) kept.push(detection)
  }
  return kept
}
