import { createKeyMap } from './key-map.ts'
import { CHUNK_ROWS, chunkAt, type Layout, layoutOf, partsOf } from './layout.ts'
import { quantiseRow } from './quantise.ts'
import { PAGE } from './webassembly.ts'

/** What a chunk holds, row by row. */
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

/** The quantised vectors of a collection, in memory that all threads see. Rows are dense: the last one takes the place of one that goes. */
export interface Arena {
  readonly layout: Layout
  readonly segments: readonly Segment[]
  readonly rows: () => number
  /** Adds the face, or replaces its vector and subject. `vector` has its values from `at` on. `subject` is a number of the caller's, below 2^32. */
  readonly put: (key: number, subject: number, vector: Float32Array, at: number) => void
  /** Whether it was there. */
  readonly remove: (key: number) => boolean
  readonly keyOf: (row: number) => number
  /** Bytes taken, for rows and for finding them. */
  readonly bytes: () => number
}

/**
 * @param threads how many may search at once.
 * @param segmentRows rows of a segment, where not the usual number.
 */
export function createArena (length: number, threads: number, segmentRows?: number): Arena {
  const layout = layoutOf(length, threads, segmentRows)
  const segments: Segment[] = []
  const chunks: Chunk[] = []
  let rows = 0
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
    const at = partsOf(layout, inSegment)
    chunks.push({
      values: new Int8Array(buffer, at.values, CHUNK_ROWS * layout.stride),
      keys: new Float64Array(buffer, at.keys, CHUNK_ROWS),
      scales: new Float32Array(buffer, at.scales, CHUNK_ROWS),
      errors: new Float32Array(buffer, at.errors, CHUNK_ROWS),
      subjects: new Uint32Array(buffer, at.subjects, CHUNK_ROWS)
    })
  }

  const placeOf = (row: number): { chunk: Chunk, i: number } => ({ chunk: chunks[Math.floor(row / CHUNK_ROWS)]!, i: row % CHUNK_ROWS })
  const valuesOf = ({ values }: Chunk, i: number): Int8Array => values.subarray(i * layout.stride, (i + 1) * layout.stride)

  function copy (from: number, to: number): void {
    const { chunk: source, i } = placeOf(from)
    const { chunk: target, i: j } = placeOf(to)
    valuesOf(target, j).set(valuesOf(source, i))
    for (const part of ['keys', 'scales', 'errors', 'subjects'] as const) target[part][j] = source[part][i]!
  }

  return {
    layout,
    segments,
    rows: () => rows,
    keyOf,
    put (key, subject, vector, at) {
      const known = map.row(key)
      if (known === undefined && rows === chunks.length * CHUNK_ROWS) addChunk()
      const row = known ?? rows
      const { chunk, i } = placeOf(row)
      const { scale, error } = quantiseRow(vector, at, length, valuesOf(chunk, i))
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
