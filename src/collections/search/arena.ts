import { createKeyMap } from './key-map.ts'
import { CHUNK_ROWS, chunkAddresses, chunkAt, type Layout, layoutOf } from './layout.ts'
import { quantiseRow } from './quantise.ts'
import { PAGE } from './webassembly.ts'

/** Views of a chunk in shared memory: one value each a row, `stride` of `values`. */
interface Chunk {
  readonly values: Int8Array
  readonly keys: Float64Array
  readonly scales: Float32Array
  readonly errors: Float32Array
  readonly subjects: Uint32Array
}

export interface Segment {
  /** Unique in this process. */
  readonly id: number
  readonly memory: WebAssembly.Memory
}

let nextId = 1

/** The quantised vectors of a collection, in memory shared by all threads. Rows are dense: the last row moves to the place of a removed one. */
export interface Arena {
  readonly layout: Layout
  readonly segments: readonly Segment[]
  readonly rows: () => number
  /** Rows of a subject. */
  readonly rowsOf: (subject: number) => number
  /**
   * Adds a face, or replaces its vector and subject.
   * @param subject a number that the caller chooses, below 2^32.
   * @param at index in `vector` of its first value.
   */
  readonly put: (key: number, subject: number, vector: Float32Array, at: number) => void
  /** Removes a face; false when there is none with this key. */
  readonly remove: (key: number) => boolean
  readonly keyOf: (row: number) => number
  /** Bytes allocated for rows and for the map from keys to rows. */
  readonly bytes: () => number
}

/**
 * Creates an empty arena for vectors of `length` values.
 * @param threads number of scans that may run at once.
 * @param segmentRows rows of a segment, for tests; 2^20 when left out.
 * @example
 * const arena = createArena(512, 4)
 * arena.put(1, 7, vector, 0)
 */
export function createArena (length: number, threads: number, segmentRows?: number): Arena {
  const layout = layoutOf(length, threads, segmentRows)
  const segments: Segment[] = []
  const chunks: Chunk[] = []
  let rows = 0
  const rowsBySubject: number[] = []
  const count = (subject: number, change: 1 | -1): void => { rowsBySubject[subject] = (rowsBySubject[subject] ?? 0) + change }
  const keyOf = (row: number): number => chunks[Math.floor(row / CHUNK_ROWS)]!.keys[row % CHUNK_ROWS]!
  const map = createKeyMap(keyOf)

  function addChunk (): void {
    const inSegment = chunks.length % layout.chunksPerSegment
    const pages = Math.ceil(chunkAt(layout, inSegment + 1) / PAGE)
    let memory = segments.at(-1)?.memory
    if (inSegment === 0 || !memory) {
      memory = new WebAssembly.Memory({ initial: pages, maximum: Math.ceil(chunkAt(layout, layout.chunksPerSegment) / PAGE), shared: true })
      segments.push({ id: nextId++, memory })
    } else {
      memory.grow(pages - memory.buffer.byteLength / PAGE)
    }
    const { buffer } = memory
    const at = chunkAddresses(layout, inSegment)
    chunks.push({
      values: new Int8Array(buffer, at.values, CHUNK_ROWS * layout.stride),
      keys: new Float64Array(buffer, at.keys, CHUNK_ROWS),
      scales: new Float32Array(buffer, at.scales, CHUNK_ROWS),
      errors: new Float32Array(buffer, at.errors, CHUNK_ROWS),
      subjects: new Uint32Array(buffer, at.subjects, CHUNK_ROWS)
    })
  }

  /** The chunk of a row, and its index there. */
  const placeOf = (row: number): { chunk: Chunk, i: number } => ({ chunk: chunks[Math.floor(row / CHUNK_ROWS)]!, i: row % CHUNK_ROWS })
  const valuesOf = ({ values }: Chunk, i: number): Int8Array => values.subarray(i * layout.stride, (i + 1) * layout.stride)

  function copy (from: number, to: number): void {
    const { chunk: source, i } = placeOf(from)
    const { chunk: target, i: j } = placeOf(to)
    valuesOf(target, j).set(valuesOf(source, i))
    for (const column of ['keys', 'scales', 'errors', 'subjects'] as const) target[column][j] = source[column][i]!
  }

  return {
    layout,
    segments,
    rows: () => rows,
    rowsOf: (subject) => rowsBySubject[subject] ?? 0,
    keyOf,
    put (key, subject, vector, at) {
      const known = map.row(key)
      if (known === undefined && rows === chunks.length * CHUNK_ROWS) addChunk()
      const row = known ?? rows
      const { chunk, i } = placeOf(row)
      const { scale, error } = quantiseRow(vector, at, length, valuesOf(chunk, i))
      if (known !== undefined) count(chunk.subjects[i]!, -1)
      count(subject, 1)
      chunk.scales[i] = scale
      chunk.errors[i] = error
      chunk.subjects[i] = subject
      if (known !== undefined) return
      chunk.keys[i] = key
      rows++
      map.add(key, row)
    },
    remove (key) {
      const row = map.row(key)
      if (row === undefined) return false
      map.delete(key)
      const { chunk, i } = placeOf(row)
      count(chunk.subjects[i]!, -1)
      const last = rows - 1
      if (row !== last) {
        copy(last, row)
        map.move(keyOf(last), row)
      }
      rows--
      return true
    },
    bytes: () => segments.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0) + map.bytes()
  }
}
