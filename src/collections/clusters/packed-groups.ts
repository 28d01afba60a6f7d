import { CHUNK_ROWS, chunkAddresses, chunkAt, type Layout, layoutOf } from '../search/layout.ts'
import { quantiseRow } from '../search/quantise.ts'
import { PAGE } from '../search/webassembly.ts'
import type { Groups } from './groups.ts'

/** The mean vectors of groups as rows of small whole numbers, in memory that the kernel of the search reads. */
export interface PackedGroups {
  readonly memory: WebAssembly.Memory
  readonly layout: Layout
}

/**
 * Allocates memory for `count` groups. All of it is one segment, so that `count` × `length` must stay below 2 GiB.
 * @param threads number of threads that read at once.
 */
export function packedMemory (count: number, length: number, threads: number): PackedGroups {
  const layout = layoutOf(length, threads)
  const pages = Math.ceil(chunkAt(layout, Math.ceil(count / CHUNK_ROWS)) / PAGE)
  return { layout, memory: new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }) }
}

/** Writes the mean vectors of the groups at `places` into rows 0, 1, 2, …. */
export function pack ({ memory: { buffer }, layout }: PackedGroups, { sums, length }: Groups, places: Int32Array, check: () => void): void {
  for (let first = 0; first < places.length; first += CHUNK_ROWS) {
    check()
    const at = chunkAddresses(layout, first / CHUNK_ROWS)
    const rows = Math.min(CHUNK_ROWS, places.length - first)
    const values = new Int8Array(buffer, at.values, rows * layout.stride)
    const scales = new Float32Array(buffer, at.scales, rows)
    const errors = new Float32Array(buffer, at.errors, rows)
    for (let i = 0; i < rows; i++) {
      const { scale, error } = quantiseRow(sums, places[first + i]! * length, length, values.subarray(i * layout.stride, (i + 1) * layout.stride))
      scales[i] = scale
      errors[i] = error
    }
  }
}
