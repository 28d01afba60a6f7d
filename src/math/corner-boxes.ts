/** A detection as a box by its corners, in pixels. */
export interface CornerBox {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** Confidence, 0..1. */
  readonly score: number
}

/** Rounds each step of a calculation: `Math.fround`, or `double`. */
export type Precision = (value: number) => number

/** Rounds nothing. */
export const double: Precision = (value) => value

/** Measures the overlap of two boxes, 0..1. */
export type Overlap = (p: CornerBox, q: CornerBox) => number

/** Intersection over union of two boxes. */
export const overUnion = (round: Precision): Overlap => (p, q) => {
  const common = intersection(p, q, 0, round)
  return round(common / round(round(area(p, 0, round) + area(q, 0, round)) - common))
}

/** Intersection over the smaller of two boxes. `ends` is 1 when the pixel at the second corner belongs to the box, otherwise 0. */
export const overSmaller = (round: Precision, ends: 0 | 1): Overlap => (p, q) =>
  round(intersection(p, q, ends, round) / Math.min(area(p, ends, round), area(q, ends, round)))

const area = ({ x1, y1, x2, y2 }: CornerBox, ends: 0 | 1, round: Precision): number =>
  round(round(round(x2 - x1) + ends) * round(round(y2 - y1) + ends))

function intersection (p: CornerBox, q: CornerBox, ends: 0 | 1, round: Precision): number {
  const w = round(round(Math.min(p.x2, q.x2) - Math.max(p.x1, q.x1)) + ends)
  const h = round(round(Math.min(p.y2, q.y2) - Math.max(p.y1, q.y1)) + ends)
  return w > 0 && h > 0 ? round(w * h) : 0
}

/** Sorts by score, best first; equal scores keep their order. */
export const bestFirst = <C extends CornerBox>(boxes: readonly C[]): C[] => [...boxes].sort((p, q) => q.score - p.score)

/**
 * Non-maximum suppression as PyTorch does it: keeps each of the boxes, which come sorted best first, unless a box kept before
 * overlaps it by more than `threshold`.
 *
 * @example
 * const kept = nmsPyTorch(bestFirst(candidates), 0.7, overUnion(Math.fround))
 */
export function nmsPyTorch<C extends CornerBox> (sorted: readonly C[], threshold: number, overlap: Overlap): C[] {
  const kept: C[] = []
  for (const box of sorted) if (kept.every((better) => !(overlap(better, box) > threshold))) kept.push(box)
  return kept
}
