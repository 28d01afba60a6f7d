/** A box by its corners, and how sure it is. */
export interface CornerBox {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** 0..1. */
  readonly score: number
}

/** What each step of a calculation is rounded to: `Math.fround`, or nothing. */
export type Precision = (value: number) => number

export const double: Precision = (value) => value

/** How far two boxes overlap, 0..1. */
export type Overlap = (p: CornerBox, q: CornerBox) => number

/** Intersection over union. */
export const overUnion = (round: Precision): Overlap => (p, q) => {
  const common = intersection(p, q, 0, round)
  return round(common / round(round(area(p, 0, round) + area(q, 0, round)) - common))
}

/** Intersection over the smaller of both. `ends`: 1 where the pixel at the second corner belongs to the box, else 0. */
export const overSmaller = (round: Precision, ends: 0 | 1): Overlap => (p, q) =>
  round(intersection(p, q, ends, round) / Math.min(area(p, ends, round), area(q, ends, round)))

const area = ({ x1, y1, x2, y2 }: CornerBox, ends: 0 | 1, round: Precision): number =>
  round(round(round(x2 - x1) + ends) * round(round(y2 - y1) + ends))

function intersection (p: CornerBox, q: CornerBox, ends: 0 | 1, round: Precision): number {
  const w = round(round(Math.min(p.x2, q.x2) - Math.max(p.x1, q.x1)) + ends)
  const h = round(round(Math.min(p.y2, q.y2) - Math.max(p.y1, q.y1)) + ends)
  return w > 0 && h > 0 ? round(w * h) : 0
}

/** Best first; equal ones in their order. */
export const bestFirst = <C extends CornerBox>(boxes: readonly C[]): C[] => [...boxes].sort((p, q) => q.score - p.score)

/** Those of the sorted boxes that none that is kept overlaps by more than `threshold`: non-maximum suppression as PyTorch has it. */
export function nmsPyTorch<C extends CornerBox> (sorted: readonly C[], threshold: number, overlap: Overlap): C[] {
  const kept: C[] = []
  for (const box of sorted) if (kept.every((better) => !(overlap(better, box) > threshold))) kept.push(box)
  return kept
}
