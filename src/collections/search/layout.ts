import './webassembly.ts'

/** How rows lie in the shared memory of a segment, so that the kernel, the main thread and the workers agree. */

/** Rows that lie together, and that one call of the kernel looks at. */
export const CHUNK_ROWS = 1024

/** A segment has at most so many rows, and so many bytes: 32-bit addresses reach 4 GiB. */
const SEGMENT_ROWS = 2 ** 20
const SEGMENT_BYTES = 2 ** 31

/** Scores of a chunk, and four numbers that the kernel writes behind them. */
export const SCORES = CHUNK_ROWS + 4

export interface Layout {
  /** Values of an embedding. */
  readonly length: number
  /** Bytes of a row's values, a multiple of 16. */
  readonly stride: number
  /** Scans that may run at once; each needs so many bytes for its query and its scores. They lie at the beginning of a segment, behind a word for each that says whether it is taken. */
  readonly slots: number
  readonly scratchBytes: number
  readonly chunkBytes: number
  readonly chunksPerSegment: number
}

/** A thread that is ended in the middle of a scan does not give its scratch back. */
const SPARE_SLOTS = 4

/**
 * @param threads how many scan at once.
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

/** Addresses within a chunk: its values, then 8 bytes a row of keys, and 4 each of scales, errors and subjects. */
export function partsOf (layout: Layout, chunk: number) {
  const values = chunkAt(layout, chunk)
  const keys = values + CHUNK_ROWS * layout.stride
  const scales = keys + CHUNK_ROWS * 8
  const errors = scales + CHUNK_ROWS * 4
  return { values, keys, scales, errors, subjects: errors + CHUNK_ROWS * 4 }
}

/** Addresses of a scan's query (int16) and of its scores (float32), with what the kernel writes behind them. */
export function scratchOf (layout: Layout, slot: number) {
  const query = scratchAt(layout, slot)
  return { query, scores: query + 2 * layout.stride }
}

/** Takes scratch that no other scan has. */
export function claim ({ slots }: Layout, memory: WebAssembly.Memory): { slot: number, release: () => void } {
  const taken = new Int32Array(memory.buffer, 0, slots)
  for (let slot = 0; slot < slots; slot++) {
    if (Atomics.compareExchange(taken, slot, 0, 1) === 0) return { slot, release: () => { Atomics.store(taken, slot, 0) } }
  }
  throw new Error('No scratch is left for another scan of this memory.')
}
