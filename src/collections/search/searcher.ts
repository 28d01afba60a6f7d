import { extname } from 'node:path'
import { internalError } from '../../errors.ts'
import { createPool, type PoolLog } from '../../system/worker-pool.ts'
import type { Arena } from './arena.ts'
import { type Groups, groupsOf, type GroupRequest } from './group-faces.ts'
import { CHUNK_ROWS } from './layout.ts'
import { type Candidates, scanRows, type ScanRequest } from './scan-rows.ts'
import type { SearchOperations } from './search-thread.ts'

/** Where the work of searches is done. */
export interface Searcher {
  /** Scans that run at once. */
  readonly threads: number
  readonly scan: (request: ScanRequest, signal?: AbortSignal) => Promise<Candidates>
  readonly group: (request: GroupRequest, signal?: AbortSignal) => Promise<Groups>
  readonly close: () => Promise<void>
}

export interface SearcherOptions {
  readonly threads: number
  readonly queueLimit: number
  readonly log: PoolLog
}

/** The thread's file lies beside this one, as .ts from source and as .js when compiled. */
const ENTRY = new URL(`./search-thread${extname(import.meta.url)}`, import.meta.url)

/** Searches in threads of their own, so that a search of a few milliseconds does not wait behind pictures. */
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

/** Searches in the caller's thread: for commands and tests. */
export const searchHere: Searcher = {
  threads: 1,
  scan: async (request) => scanRows(request),
  group: async (request) => groupsOf(request),
  close: async () => {}
}

/** Rows below which a search is not worth dividing: about a millisecond. */
const WORTH_DIVIDING = 32_768

/** The rows of an arena in parts for the searcher's threads, each within one segment. `first` is the row that a part begins with. */
export function chunksFor ({ layout, segments, rows }: Arena, threads: number): Array<Pick<ScanRequest, 'memory' | 'memoryId' | 'layout' | 'from' | 'to' | 'rows'> & { first: number }> {
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
