import { roundHalfEven } from '../../../math/rounding.ts'

/** A rectangle in whole pixels. */
export interface Rect {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
}

/** A window that passed all stages. */
export interface Candidate extends Rect {
  /** Sum of the last stage. */
  readonly weight: number
}

/** Largest distance of the edges of two rectangles of one group, as a share of their mean side: GROUP_EPS of `cascadedetect.cpp`. */
const NEAR = 0.2

/**
 * Groups candidates that are near each other, directly or through others, and returns the mean of each group of more than `neighbours`,
 * with the largest weight in the group; without groups that lie inside a group of more candidates. Groups are in the order of their first
 * candidates. OpenCV's `groupRectangles` with weights (4.11, `cascadedetect.cpp`).
 */
export function group (candidates: readonly Candidate[], neighbours: number): Candidate[] {
  const large = classes(candidates)
    .filter((members) => members.length > neighbours)
    .map((members) => ({ n: members.length, mean: mean(members) }))
  return large
    .filter((one) => !large.some((other) => other !== one && (other.n > Math.max(3, one.n) || one.n < 3) && within(one.mean, other.mean)))
    .map((one) => one.mean)
}

/** Partitions the candidates into classes of those near each other. */
function classes (candidates: readonly Candidate[]): Candidate[][] {
  // Union-find; the root of a class is its first member.
  const parent = Int32Array.from(candidates.keys())
  const root = (i: number): number => {
    while (parent[i] !== i) i = parent[i] = parent[parent[i]!]!
    return i
  }
  for (const [i, p] of candidates.entries()) {
    for (let j = 0; j < i; j++) {
      const [a, b] = [root(i), root(j)]
      if (a !== b && near(p, candidates[j]!)) parent[Math.max(a, b)] = Math.min(a, b)
    }
  }
  const members = new Map<number, Candidate[]>()
  for (const [i, candidate] of candidates.entries()) {
    const known = members.get(root(i))
    if (known) known.push(candidate)
    else members.set(i, [candidate])
  }
  return [...members.values()]
}

function near (p: Rect, q: Rect): boolean {
  const most = NEAR * (Math.min(p.w, q.w) + Math.min(p.h, q.h)) * 0.5
  return Math.abs(p.x - q.x) <= most && Math.abs(p.y - q.y) <= most &&
    Math.abs(p.x + p.w - q.x - q.w) <= most && Math.abs(p.y + p.h - q.y - q.h) <= most
}

function mean (members: readonly Candidate[]): Candidate {
  const { fround } = Math
  // OpenCV multiplies in float32.
  const share = fround(1 / members.length)
  const of = (field: keyof Rect): number => roundHalfEven(fround(fround(members.reduce((sum, member) => sum + member[field], 0)) * share))
  const weight = members.reduce((most, { weight }) => Math.max(most, weight), -Infinity)
  return { x: of('x'), y: of('y'), w: of('w'), h: of('h'), weight }
}

/** Whether `small` lies in `large`, with a tolerance of a fifth of the latter's sides. */
function within (small: Rect, large: Rect): boolean {
  const dx = roundHalfEven(large.w * NEAR)
  const dy = roundHalfEven(large.h * NEAR)
  return small.x >= large.x - dx && small.y >= large.y - dy &&
    small.x + small.w <= large.x + large.w + dx && small.y + small.h <= large.y + large.h + dy
}
