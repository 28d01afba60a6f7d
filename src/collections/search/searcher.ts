import { extname } from 'node:path'
import { internalError } from '../../errors.ts'
import { createPool, type PoolLog } from '../../system/worker-pool.ts'
import { groupFaces, type GroupRequest } from '../clusters/group-faces.ts'
import type { Arena } from './arena.ts'
import { CHUNK_ROWS } from './layout.ts'
import { type Candidates, scanRows, type ScanRequest } from './scan-rows.ts'
import type { SearchOperations } from './search-thread.ts'

/** Runs scans and groupings, in threads or in place. */
export interface Searcher {
  /** Number of scans that run at once. */
  readonly threads: number
  readonly scan: (request: ScanRequest, signal?: AbortSignal) => Promise<Candidates>
  readonly group: (request: GroupRequest, signal?: AbortSignal) => Promise<Int32Array>
  readonly close: () => Promise<void>
}

export interface SearcherOptions {
  readonly threads: number
  readonly queueLimit: number
  readonly log: PoolLog
}

/** The entry of a thread lies beside this file, as .ts from source and as .js when compiled. */
const ENTRY = new URL(`./search-thread${extname(import.meta.url)}`, import.meta.url)

/**
 * Opens a searcher with threads of its own, so that a search of a few milliseconds does not wait behind inference.
 * @example
 * const searcher = await openSearcher({ threads: 2, queueLimit: 100, log })
 */
export async function openSearcher ({ threads, queueLimit, log }: SearcherOptions): Promise<Searcher> {
  const pool = createPool<SearchOperations>({ name: 'search', entry: ENTRY, size: threads, queueLimit, workerData: {}, failed: internalError, log })
  await pool.ready
  return {
    threads,
    scan: (request, signal) => pool.run('scan', [request], { signal }),
    group: (request, signal) => pool.run('group', [request], { signal }),
    close: () => pool.close()
  }
}

/** A searcher in the caller's thread, for commands and tests. */
export const searchHere: Searcher = {
  threads: 1,
  scan: async (request) => scanRows(request),
  group: (request) => groupFaces(request),
  close: async () => {}
}

/** Least rows of a scan: fewer, which take about a millisecond, are not worth dividing. */
const WORTH_DIVIDING = 32_768

/** The chunks of one scan. */
export interface ChunkRange extends Pick<ScanRequest, 'memory' | 'memoryId' | 'layout' | 'from' | 'to' | 'rows'> {
  /** First row, counted in the arena. */
  readonly first: number
}

/**
 * Divides the chunks of an arena among threads, one range for each scan, each within one segment.
 * @example
 * const ranges = chunksFor(arena, searcher.threads)
 * await Promise.all(ranges.map(({ first, ...range }) => searcher.scan({ ...range, query, k, minScore })))
 */
export function chunksFor ({ layout, segments, rows }: Arena, threads: number): ChunkRange[] {
  const count = rows()
  const chunks = Math.ceil(count / CHUNK_ROWS)
  const share = Math.max(Math.ceil(chunks / threads), WORTH_DIVIDING / CHUNK_ROWS)
  return segments.flatMap(({ id, memory }, segment) => {
    const begin = segment * layout.chunksPerSegment
    const end = Math.min(chunks, begin + layout.chunksPerSegment)
    return Array.from({ length: Math.ceil(Math.max(0, end - begin) / share) }, (_, i) => {
      const [from, to] = [begin + i * share, Math.min(end, begin + (i + 1) * share)]
      const first = from * CHUNK_ROWS
      return { memory, memoryId: id, layout, from: from - begin, to: to - begin, first, rows: Math.min(count, to * CHUNK_ROWS) - first }
    })
  })
}
