import { similarity } from '../../match/distance.ts'

export interface GroupRequest {
  /** count × length values. */
  readonly embeddings: Float32Array
  readonly length: number
  /** Least average cosine between the faces of two groups that are joined. */
  readonly minScore: number
}

/** Number of the group of each face. Groups are numbered in the order of their first face. */
export type Groups = Int32Array

/** Most faces of one request. Memory grows with their square (32 MB of cosines for 2000), time at least as fast (up to 20 s for 2000 of 512 values). */
export const MOST_GROUPED = 2000

/**
 * Groups faces by person: starting from single faces, joins the two groups with the highest average cosine, until none reaches `minScore`
 * (average linkage; Sokal and Michener 1958, UPGMA). Unlike single linkage it does not chain strangers together by way of faces in between. Of
 * equal averages, the groups with the earlier faces come first. O(n²) memory, at most about O(n²) steps a join.
 * @param check throws when the request is no longer wanted; called before each row and each join.
 */
export function groupsOf ({ embeddings, length, minScore }: GroupRequest, check: () => void = () => {}): Groups {
  const count = embeddings.length / length
  const rows = Array.from({ length: count }, (_, i) => embeddings.subarray(i * length, (i + 1) * length))
  const scores = new Float64Array(count * count).fill(-Infinity)
  for (let i = 0; i < count; i++) {
    check()
    for (let j = 0; j < i; j++) scores[i * count + j] = scores[j * count + i] = similarity(rows[i]!, rows[j]!)
  }
  const sizes = new Int32Array(count).fill(1)
  const owner = Int32Array.from(rows, (_, i) => i)
  /** The best partner of each group. It is searched again only when the group or its partner has changed. */
  const partner = new Int32Array(count)
  for (let i = 0; i < count; i++) partner[i] = bestOf(i)

  for (;;) {
    check()
    let first = -1
    for (let i = 0; i < count; i++) {
      if (sizes[i] !== 0 && partner[i]! >= 0 && (first < 0 || scoreOf(i) > scoreOf(first))) first = i
    }
    if (first < 0 || scoreOf(first) < minScore) break
    const [a, b] = [Math.min(first, partner[first]!), Math.max(first, partner[first]!)]
    join(a, b)
  }
  return numbered(owner)

  /** Average cosine between group `i` and its partner. */
  function scoreOf (i: number): number {
    return scores[i * count + partner[i]!]!
  }

  function bestOf (i: number): number {
    let best = -1
    for (let j = 0; j < count; j++) {
      if (j !== i && sizes[j] !== 0 && (best < 0 || scores[i * count + j]! > scores[i * count + best]!)) best = j
    }
    return best
  }

  /** Merges group `b` into group `a`. */
  function join (a: number, b: number): void {
    const [m, n] = [sizes[a]!, sizes[b]!]
    for (let j = 0; j < count; j++) {
      if (j === a || j === b || sizes[j] === 0) continue
      scores[a * count + j] = scores[j * count + a] = (m * scores[a * count + j]! + n * scores[b * count + j]!) / (m + n)
    }
    sizes[a] = m + n
    sizes[b] = 0
    for (let i = 0; i < count; i++) if (owner[i] === b) owner[i] = a
    for (let i = 0; i < count; i++) {
      if (sizes[i] === 0) continue
      if (i === a || partner[i] === a || partner[i] === b) partner[i] = bestOf(i)
      else if (scores[i * count + a]! > scoreOf(i)) partner[i] = a
    }
  }
}

/** Renumbers groups in the order of their first face. */
function numbered (owner: Int32Array): Int32Array {
  const numbers = new Map<number, number>()
  return owner.map((group) => {
    const number = numbers.get(group) ?? numbers.size
    numbers.set(group, number)
    return number
  })
}
