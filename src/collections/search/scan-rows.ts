import { ROWS_AT_ONCE, scanRowsOf } from './kernel.ts'
import { CHUNK_ROWS, chunkAddresses, claim, type Layout, SCORES, scratchOf } from './layout.ts'
import type { Query } from './quantise.ts'

/** A scan over consecutive chunks of one segment: a search makes one or more of them. */
export interface ScanRequest {
  readonly memory: WebAssembly.Memory
  /** Unique to that memory in this process: a memory sent to a thread arrives as a new object each time. */
  readonly memoryId: number
  readonly layout: Layout
  /** First chunk, counted in the segment. */
  readonly from: number
  /** Chunk after the last. */
  readonly to: number
  /** Rows in these chunks. */
  readonly rows: number
  readonly query: Query
  readonly k: number
  /** Rows whose bound is below this cosine are left out. */
  readonly minScore: number
  /** By number of the subject: 1 where it may be found. Undefined allows all. */
  readonly allowed?: Uint8Array | undefined
}

/** Every row that may be among the `k` best of its scan, and an upper bound of its cosine. */
export interface Candidates {
  /** Row numbers, counted from the first row of chunk `from`. */
  readonly rows: Uint32Array
  readonly uppers: Float64Array
}

const kernels = new WeakMap<WebAssembly.Memory, ReturnType<typeof scanRowsOf>>()

/** Returns the kernel of a memory, instantiated once in each thread. */
function kernelOf (memory: WebAssembly.Memory): ReturnType<typeof scanRowsOf> {
  const known = kernels.get(memory) ?? scanRowsOf(memory)
  kernels.set(memory, known)
  return known
}

/**
 * Scans the chunks of a request. A row is left out only where its upper bound is below the k-th best lower bound seen so far: none of the k best
 * is missed, whatever the vectors are.
 * @param check throws when the search is no longer wanted; called between chunks.
 */
export function scanRows (request: ScanRequest, check: () => void = () => {}): Candidates {
  const { slot, release } = claim(request.layout, request.memory)
  try {
    return scanWith(slot, request, check)
  } finally {
    release()
  }
}

function scanWith (slot: number, { memory, layout, from, to, rows, query, k, minScore, allowed }: ScanRequest, check: () => void): Candidates {
  const run = kernelOf(memory)
  const scratch = scratchOf(layout, slot)
  const { buffer } = memory
  new Int16Array(buffer, scratch.query, layout.stride).set(query.values)
  const scores = new Float32Array(buffer, scratch.scores, SCORES)
  const best = createLowest(k)
  let found: number[] = []
  let uppers: number[] = []
  let cutoff = minScore
  let crowded = Math.max(1024, 4 * k)

  for (let chunk = from; chunk < to; chunk++) {
    check()
    const first = (chunk - from) * CHUNK_ROWS
    const here = Math.min(CHUNK_ROWS, rows - first)
    const at = chunkAddresses(layout, chunk)
    const subjects = allowed && new Uint32Array(buffer, at.subjects, here)
    if (subjects && !subjects.some((subject) => allowed[subject] === 1)) continue
    const count = Math.ceil(here / ROWS_AT_ONCE) * ROWS_AT_ONCE
    run(at.values, count, layout.stride, scratch.query, at.scales, at.errors, query.factor, scratch.scores)
    // The whole chunk is below the cutoff, as most are once the best rows are known.
    if (Math.max(scores[count]!, scores[count + 1]!, scores[count + 2]!, scores[count + 3]!) + query.margin < cutoff) continue
    const errors = new Float32Array(buffer, at.errors, here)
    for (let i = 0; i < here; i++) {
      const upper = scores[i]! + query.margin
      if (upper < cutoff || (subjects && allowed[subjects[i]!] !== 1)) continue
      found.push(first + i)
      uppers.push(upper)
      const worst = best.offer(upper - 2 * (errors[i]! + query.margin))
      if (worst > cutoff) cutoff = worst
    }
    if (found.length > crowded) {
      drop()
      // Where most candidates stay, as among equal vectors, filtering again soon is of no use.
      crowded = Math.max(crowded, 2 * found.length)
    }
  }
  drop()
  return { rows: Uint32Array.from(found), uppers: Float64Array.from(uppers) }

  /** Drops the candidates that the cutoff has passed since they were found. */
  function drop (): void {
    const keep = uppers.map((upper) => upper >= cutoff)
    found = found.filter((_, i) => keep[i])
    uppers = uppers.filter((_, i) => keep[i])
  }
}

/** Keeps the `k` highest of the numbers offered; `offer` returns the lowest of them, or −∞ while there are fewer than `k`. */
function createLowest (k: number) {
  /** Binary heap with the lowest number at its root. */
  const heap: number[] = []

  /** Replaces the root by `value`. */
  function down (value: number): void {
    let i = 0
    for (let child = 1; child < k; child = 2 * i + 1) {
      if (child + 1 < k && heap[child + 1]! < heap[child]!) child++
      if (heap[child]! >= value) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = value
  }

  return {
    offer (value: number): number {
      if (heap.length === k) {
        if (value > heap[0]!) down(value)
        return heap[0]!
      }
      let i = heap.push(value) - 1
      for (let parent = (i - 1) >> 1; i > 0 && heap[parent]! > value; parent = (i - 1) >> 1) {
        heap[i] = heap[parent]!
        i = parent
      }
      heap[i] = value
      return heap.length === k ? heap[0]! : -Infinity
    }
  }
}
