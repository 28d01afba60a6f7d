import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { internalError } from '../../errors.ts'
import { createPool, type PoolLog } from '../../system/worker-pool.ts'
import { cluster, type ClusterWork, workHere } from '../clusters/cluster.ts'
import type { ClusterOperations } from '../clusters/cluster-thread.ts'
import { groupFaces, type GroupRequest } from '../clusters/group-faces.ts'
import { groupsFrom } from '../clusters/groups.ts'
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
  /**
   * Groups very many faces, while searches go on before its own; returns the same as `group`. Other than there, the embeddings are in shared
   * memory, and are changed.
   */
  readonly cluster: (request: GroupRequest, options: ClusterOptions) => Promise<Int32Array>
  readonly close: () => Promise<void>
}

export interface ClusterOptions extends Pick<ClusterWork, 'onProgress'> {
  readonly signal: AbortSignal
}

export interface SearcherOptions {
  readonly threads: number
  readonly queueLimit: number
  readonly log: PoolLog
}

/** The entries of threads are .ts from source, and .js when compiled. */
const entry = (path: string): URL => new URL(`${path}${extname(import.meta.url)}`, import.meta.url)
const ENTRY = entry('./search-thread')
const CLUSTER_ENTRY = entry('../clusters/cluster-thread')

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
    async cluster ({ rule, ...faces }, { signal, onProgress }) {
      const joiner = createPool<ClusterOperations>({
        name: 'cluster', entry: CLUSTER_ENTRY, size: 1, queueLimit: 1, workerData: {}, failed: internalError, log
      })
      try {
        await joiner.ready
        return await cluster(await joiner.run('begin', [faces], { signal }), rule, {
          threads,
          pack: (...args) => joiner.run('pack', args, { signal }),
          near: (request) => pool.run('near', [request], { signal, background: true }),
          join: (request) => joiner.run('join', [request], { signal }),
          onProgress
        })
      } finally {
        await joiner.close()
      }
    },
    close: () => pool.close()
  }
}

/** A searcher in the caller's thread, for commands and tests. */
export const searchHere: Searcher = {
  threads: 1,
  scan: async (request) => scanRows(request),
  group: (request) => groupFaces(request),
  cluster ({ rule, ...faces }, { signal, onProgress }) {
    const work = workHere(() => signal.throwIfAborted())
    return cluster(groupsFrom(faces), rule, {
      ...work,
      async near (request) {
        // Others have their turn, among them who aborts.
        await setImmediate()
        return await work.near(request)
      },
      onProgress
    })
  },
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
