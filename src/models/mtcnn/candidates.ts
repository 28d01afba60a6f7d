import { argsort } from '../../math/argsort.ts'
import type { CornerBox, Overlap, Precision } from '../../math/corner-boxes.ts'
import type { Landmarks, Point } from '../../math/point.ts'

/** A window that may hold a face, in pixels of the canvas; it may reach beyond the canvas. */
export type Candidate = CornerBox

/** Sorts best first: the reverse of NumPy's `argsort`. */
export const bestFirst = <C extends Candidate>(candidates: readonly C[]): C[] =>
  argsort(candidates.map(({ score }) => score)).reverse().map((place) => candidates[place]!)

/** Keeps the sorted candidates that no earlier one, kept or not, overlaps by more than `threshold`: mtcnn 1.0.0's `nms`. */
export const nmsTensorFlow = <C extends Candidate>(sorted: readonly C[], threshold: number, overlap: Overlap): C[] =>
  sorted.filter((candidate, i) => {
    for (let k = 0; k < i; k++) if (overlap(sorted[k]!, candidate) > threshold) return false
    return true
  })

/** The square around the same centre whose side is the candidate's longer one. */
export function toSquare<C extends Candidate> (candidate: C, round: Precision): C {
  const { x1, y1, x2, y2 } = candidate
  const [w, h] = [round(x2 - x1), round(y2 - y1)]
  const side = Math.max(w, h)
  const x = round(round(x1 + w * 0.5) - side * 0.5)
  const y = round(round(y1 + h * 0.5) - side * 0.5)
  return { ...candidate, x1: x, y1: y, x2: round(x + side), y2: round(y + side) }
}

/** The candidate with its corners moved by a network's regression, in sides of the candidate, which includes its last pixels. */
export function applyRegression<C extends Candidate> (candidate: C, by: ArrayLike<number>, round: Precision): C {
  const { x1, y1, x2, y2 } = candidate
  const [w, h] = size(candidate, round)
  const at = (from: number, share: number, side: number): number => round(from + round(share * side))
  return { ...candidate, x1: at(x1, by[0]!, w), y1: at(y1, by[1]!, h), x2: at(x2, by[2]!, w), y2: at(y2, by[3]!, h) }
}

/** The five points that ONet found in the candidate, in pixels of the canvas; `landmarks` as in `Classified`. */
export function pointsIn (candidate: Candidate, landmarks: ArrayLike<number>, round: Precision): Landmarks {
  const [w, h] = size(candidate, round)
  const at = (from: number, share: number, side: number): number => round(round(round(side * share) + from) - 1)
  const point = (i: number): Point => [at(candidate.x1, landmarks[i]!, w), at(candidate.y1, landmarks[i + 5]!, h)]
  return [point(0), point(1), point(2), point(3), point(4)]
}

const size = ({ x1, y1, x2, y2 }: Candidate, round: Precision): [w: number, h: number] => [round(round(x2 - x1) + 1), round(round(y2 - y1) + 1)]
