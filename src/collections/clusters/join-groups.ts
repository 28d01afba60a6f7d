import { groupOf, type Groups, join, likenessOf } from './groups.ts'
import type { JoinRule } from './join-rule.ts'

export interface JoinRequest {
  readonly groups: Groups
  readonly rule: JoinRule
  /** Number of groups. */
  readonly count: number
  /** Places of the groups that may be joined, one pair after another. */
  readonly pairs: Int32Array
}

export interface Joined {
  /** Number of groups now. */
  readonly count: number
  /** The pairs of groups that are left, which are not alike enough now. */
  readonly pairs: Int32Array
}

/** Pairs that are processed between two calls of `check`. */
const CHECK_EVERY = 1024

/**
 * Joins the two most alike of the given pairs of groups, and again, until none is alike enough. A pair whose groups have changed since it was
 * measured is measured again when its turn comes, instead of all pairs of a group after each change: so a pair that has become more alike than
 * it was may have its turn late, but none is lost.
 * @param check throws when the work is no longer wanted.
 */
export function joinGroups ({ groups, rule, count, pairs }: JoinRequest, check: () => void = () => {}): Joined {
  for (;;) {
    const joined = joinOnce({ groups, rule, count, pairs: distinct(groups, pairs) }, check)
    if (joined.count === count) return joined
    // Fewer groups have a lower threshold, and some have changed: what is left has another turn.
    count = joined.count
    pairs = joined.pairs
  }
}

function joinOnce ({ groups, rule, count, pairs }: JoinRequest, check: () => void): Joined {
  const { stamps, parents } = groups
  const total = pairs.length / 2
  const [as, bs, seen] = [new Int32Array(total), new Int32Array(total), new Int32Array(total)]
  const likeness = new Float64Array(total)
  const queue = createQueue(total, (i, j) => likeness[i]! - likeness[j]! || as[j]! - as[i]! || bs[j]! - bs[i]!)
  const left = new Int32Array(total)
  let leftover = 0

  /** Measures pair `i`, between groups `a` and `b`. */
  function measure (i: number, a: number, b: number): void {
    as[i] = Math.min(a, b)
    bs[i] = Math.max(a, b)
    seen[i] = stamps[a]! + stamps[b]!
    likeness[i] = likenessOf(groups, as[i]!, bs[i]!, rule)
  }
  const isFresh = (i: number): boolean =>
    parents[as[i]!] === as[i] && parents[bs[i]!] === bs[i] && stamps[as[i]!]! + stamps[bs[i]!]! === seen[i]

  for (let i = 0; i < total; i++) {
    if (i % CHECK_EVERY === 0) check()
    measure(i, pairs[2 * i]!, pairs[2 * i + 1]!)
    queue.push(i)
  }
  for (let turn = 0, i = queue.pop(); i !== undefined; i = queue.pop()) {
    if (turn++ % CHECK_EVERY === 0) check()
    if (!isFresh(i)) {
      const [a, b] = [groupOf(groups, as[i]!), groupOf(groups, bs[i]!)]
      if (a === b) continue
      measure(i, a, b)
      const next = queue.first()
      if (next !== undefined && likeness[next]! > likeness[i]!) {
        queue.push(i)
        continue
      }
    }
    if (likeness[i]! < rule.least[count]!) left[leftover++] = i
    else {
      join(groups, as[i]!, bs[i]!)
      count--
    }
  }
  return { count, pairs: Int32Array.from({ length: 2 * leftover }, (_, at) => (at % 2 === 0 ? as : bs)[left[at >> 1]!]!) }
}

/** One pair of each two groups that the pairs belong to now. */
function distinct (groups: Groups, pairs: Int32Array): Int32Array {
  const faces = groups.parents.length
  const keys = new Float64Array(pairs.length / 2)
  let count = 0
  for (let i = 0; i < pairs.length; i += 2) {
    const [a, b] = [groupOf(groups, pairs[i]!), groupOf(groups, pairs[i + 1]!)]
    if (a !== b) keys[count++] = Math.min(a, b) * faces + Math.max(a, b)
  }
  const sorted = keys.subarray(0, count).sort()
  const result = new Int32Array(2 * count)
  let written = 0
  for (let i = 0; i < count; i++) {
    if (i > 0 && sorted[i] === sorted[i - 1]) continue
    result[written++] = Math.floor(sorted[i]! / faces)
    result[written++] = sorted[i]! % faces
  }
  return result.slice(0, written)
}

/**
 * Creates a queue of whole numbers below `most`, the highest first: a binary heap.
 * @param compare positive when the first number comes before the second.
 */
function createQueue (most: number, compare: (i: number, j: number) => number) {
  const heap = new Int32Array(most)
  let size = 0

  return {
    first: (): number | undefined => size === 0 ? undefined : heap[0],
    push (item: number): void {
      let i = size++
      for (let parent = (i - 1) >> 1; i > 0 && compare(item, heap[parent]!) > 0; parent = (i - 1) >> 1) {
        heap[i] = heap[parent]!
        i = parent
      }
      heap[i] = item
    },
    pop (): number | undefined {
      if (size === 0) return undefined
      const top = heap[0]!
      const last = heap[--size]!
      let i = 0
      for (let child = 1; child < size; child = 2 * i + 1) {
        if (child + 1 < size && compare(heap[child + 1]!, heap[child]!) > 0) child++
        if (compare(last, heap[child]!) >= 0) break
        heap[i] = heap[child]!
        i = child
      }
      heap[i] = last
      return top
    }
  }
}
