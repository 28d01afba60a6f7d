import { ROWS_AT_ONCE, type ScanRows, scanRowsOf } from '../search/kernel.ts'
import { CHUNK_ROWS, chunkAddresses, claim, SCORES, scratchOf } from '../search/layout.ts'
import { quantiseQuery } from '../search/quantise.ts'
import { cosineOfMeans, type Groups, riseBetween } from './groups.ts'
import type { PackedGroups } from './packed-groups.ts'

/** Most near groups that are found for one group. The others are found after these have been joined, or not. */
const MOST_NEAR = 32

/** A search for the groups near to some groups. */
export interface NearRequest {
  readonly groups: Groups
  readonly packed: PackedGroups
  /** Place of the group of each row. */
  readonly places: Int32Array
  /** Rows of the groups whose neighbours are looked for, in ascending order. */
  readonly rows: Int32Array
  /** Whether only rows before each row are compared with it: enough where all rows are looked for. */
  readonly isHalf: boolean
  /** Least cosine of the means, beside the rise of the two groups. */
  readonly least: number
}

export interface NearGroups {
  /** Places of two near groups, one pair after another. */
  readonly pairs: Int32Array
  /** Rows that may have more neighbours than were returned. */
  readonly crowded: Int32Array
}

/**
 * Finds all groups whose mean vectors have a cosine of `least` and their rise or more, at most the MOST_NEAR nearest of a group. The small whole numbers of the
 * index sort out by upper bounds; the sums decide.
 * @param check throws when the search is no longer wanted; called between chunks.
 */
export function nearGroups (request: NearRequest, check: () => void = () => {}): NearGroups {
  const { packed: { memory, layout } } = request
  const { slot, release } = claim(layout, memory)
  try {
    return nearWith(slot, scanRowsOf(memory), request, check)
  } finally {
    release()
  }
}

function nearWith (slot: number, run: ScanRows, request: NearRequest, check: () => void): NearGroups {
  const { groups, packed: { memory, layout }, places, rows, isHalf, least } = request
  const { sums, length } = groups
  const { buffer } = memory
  const scratch = scratchOf(layout, slot)
  const input = new Int16Array(buffer, scratch.query, layout.stride)
  const scores = new Float32Array(buffer, scratch.scores, SCORES)
  const queries = Array.from(rows, (row) => ({
    row, ...quantiseQuery(sums.subarray(places[row]! * length, (places[row]! + 1) * length)), best: createBest(MOST_NEAR, least)
  }))
  const end = isHalf ? (rows.at(-1) ?? 0) : places.length
  // Chunk by chunk, each for all queries: it stays in the cache of the processor, which takes half the time.
  for (let first = 0; first < end; first += CHUNK_ROWS) {
    check()
    const at = chunkAddresses(layout, first / CHUNK_ROWS)
    for (const { row, values, factor, margin, best } of queries) {
      const here = Math.min(CHUNK_ROWS, (isHalf ? row : places.length) - first)
      if (here <= 0) continue
      const count = Math.ceil(here / ROWS_AT_ONCE) * ROWS_AT_ONCE
      input.set(values)
      run(at.values, count, layout.stride, scratch.query, at.scales, at.errors, factor, scratch.scores)
      if (Math.max(scores[count]!, scores[count + 1]!, scores[count + 2]!, scores[count + 3]!, 0) + margin < best.least()) continue
      for (let i = 0; i < here; i++) {
        if (first + i === row || scores[i]! + margin < best.least()) continue
        const bound = scores[i]! + margin - riseBetween(groups, places[row]!, places[first + i]!)
        if (bound >= best.least()) best.offer(first + i, bound)
      }
    }
  }
  const pairs: number[] = []
  const crowded: number[] = []
  for (const { row, best } of queries) {
    for (const other of best.rows()) {
      const [a, b] = [places[row]!, places[other]!]
      if (cosineOfMeans(groups, a, b) - riseBetween(groups, a, b) >= least) pairs.push(a, b)
    }
    if (best.isCrowded()) crowded.push(row)
  }
  return { pairs: Int32Array.from(pairs), crowded: Int32Array.from(crowded) }
}

/** Keeps the `most` rows with the highest bounds from `floor` on; of equal bounds the earlier rows, when they are offered in order. */
function createBest (most: number, floor: number) {
  const rows: number[] = []
  const bounds: number[] = []
  /** Place of the lowest bound, and of equal ones of the last row. */
  let lowest = 0

  return {
    /** Bound from which a row is worth offering. */
    least: (): number => rows.length < most ? floor : bounds[lowest]!,
    offer (row: number, bound: number): void {
      if (rows.length < most) {
        rows.push(row)
        bounds.push(bound)
      } else {
        if (bound <= bounds[lowest]!) return
        rows[lowest] = row
        bounds[lowest] = bound
      }
      if (rows.length === most) lowest = bounds.reduce((low, each, i) => each < bounds[low]! || (each === bounds[low]! && rows[i]! > rows[low]!) ? i : low, 0)
    },
    rows: (): readonly number[] => rows,
    /** Whether rows may have been left out. */
    isCrowded: (): boolean => rows.length === most
  }
}
