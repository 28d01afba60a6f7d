import { type Box, iou } from '../../src/math/box.ts'

/** Overlap (IoU) from which a detected box matches a face of the ground truth: that of WIDER FACE's protocol. */
const SAME = 0.5

export interface Counts {
  /** Faces of the ground truth that count, and those of them that were detected. */
  readonly faces: number
  readonly hits: number
  /** Detected boxes, and those of them that are faces. */
  readonly boxes: number
  readonly right: number
}

export const NONE: Counts = { faces: 0, hits: 0, boxes: 0, right: 0 }

/**
 * Compares the boxes detected in a picture, best first, with its faces: each box takes the free face that it overlaps most, if the IoU is
 * at least 0.5. Only the faces in `counted` (indexes) must be detected; a box on any other face is correct too.
 */
export function compareBoxes (found: readonly Box[], truth: readonly Box[], counted: ReadonlySet<number>): Counts {
  const free = new Set(truth.keys())
  let hits = 0
  let right = 0
  for (const box of found) {
    const [best] = [...free].sort((p, q) => iou(truth[q]!, box) - iou(truth[p]!, box))
    if (best === undefined || iou(truth[best]!, box) < SAME) continue
    free.delete(best)
    right++
    if (counted.has(best)) hits++
  }
  return { faces: counted.size, hits, boxes: found.length, right }
}

export const added = (p: Counts, q: Counts): Counts =>
  ({ faces: p.faces + q.faces, hits: p.hits + q.hits, boxes: p.boxes + q.boxes, right: p.right + q.right })

export const recall = ({ faces, hits }: Counts): number => hits / faces
export const precision = ({ boxes, right }: Counts): number => right / boxes
