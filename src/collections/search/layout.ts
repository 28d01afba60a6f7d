import './webassembly.ts'

/** The layout of rows in the shared memory of a segment, on which the kernel, the main thread and the workers agree. */

/** Rows of a chunk: stored together, and scanned by one call of the kernel. */
export const CHUNK_ROWS = 1024

/** Most rows and bytes of a segment: 32-bit addresses reach 4 GiB. */
const SEGMENT_ROWS = 2 ** 20
const SEGMENT_BYTES = 2 ** 31

/** Number of floats that the kernel writes: the scores of a chunk, and four numbers behind them. */
export const SCORES = CHUNK_ROWS + 4

export interface Layout {
  /** Values of an embedding. */
  readonly length: number
  /** Bytes of a row's values, a multiple of 16. */
  readonly stride: number
  /**
   * Scans that may run at once. Each has its own scratch. All scratch lies at the beginning of a segment, behind one word for each slot that
   * says whether it is taken.
   */
  readonly slots: number
  /** Bytes of a scan's scratch: its query and its scores. */
  readonly scratchBytes: number
  readonly chunkBytes: number
  readonly chunksPerSegment: number
}

/** Slots beyond the number of threads: a thread that ends in the middle of a scan does not release its slot. */
const SPARE_SLOTS = 4

/**
 * Computes the layout for vectors of `length` values.
 * @param threads number of scans that may run at once.
 * @param segmentRows a multiple of CHUNK_ROWS.
 */
export function layoutOf (length: number, threads: number, segmentRows = SEGMENT_ROWS): Layout {
  const stride = Math.ceil(length / 16) * 16
  const chunkBytes = CHUNK_ROWS * (stride + 8 + 4 + 4 + 4)
  return {
    length,
    stride,
    slots: threads + SPARE_SLOTS,
    scratchBytes: Math.ceil((2 * stride + 4 * SCORES) / 64) * 64,
    chunkBytes,
    chunksPerSegment: Math.min(segmentRows / CHUNK_ROWS, Math.floor(SEGMENT_BYTES / chunkBytes))
  }
}

/** Address of a chunk in its segment. */
export const chunkAt = (layout: Layout, chunk: number): number => scratchAt(layout, layout.slots) + chunk * layout.chunkBytes

const scratchAt = ({ slots, scratchBytes }: Layout, slot: number): number => Math.ceil(slots * 4 / 64) * 64 + slot * scratchBytes

/** Addresses of a chunk's columns in its segment: values, then 8 bytes a row of keys, and 4 each of scales, errors and subjects. */
export function chunkAddresses (layout: Layout, chunk: number) {
  const values = chunkAt(layout, chunk)
  const keys = values + CHUNK_ROWS * layout.stride
  const scales = keys + CHUNK_ROWS * 8
  const errors = scales + CHUNK_ROWS * 4
  return { values, keys, scales, errors, subjects: errors + CHUNK_ROWS * 4 }
}

/** Addresses of a scan's query (int16) and of its scores (float32, SCORES of them). */
export function scratchOf (layout: Layout, slot: number) {
  const query = scratchAt(layout, slot)
  return { query, scores: query + 2 * layout.stride }
}

/**
 * Takes a slot that no other scan has.
 * @throws {Error} when all are taken.
 */
export function claim ({ slots }: Layout, memory: WebAssembly.Memory): { slot: number, release: () => void } {
  const taken = new Int32Array(memory.buffer, 0, slots)
  for (let slot = 0; slot < slots; slot++) {
    if (Atomics.compareExchange(taken, slot, 0, 1) === 0) return { slot, release: () => { Atomics.store(taken, slot, 0) } }
  }
  throw new Error('No scratch is left for another scan of this memory.')
}
