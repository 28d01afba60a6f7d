/** A thread that searches: a scan takes milliseconds of a CPU, which the event loop has better use for. */
import { internalError } from '../../errors.ts'
import { runJobs } from '../../system/worker-thread.ts'
import { type Groups, groupsOf, type GroupRequest } from './group-faces.ts'
import { type Candidates, scanRows, type ScanRequest } from './scan-rows.ts'

/** What this thread runs for its pool. */
export interface SearchOperations {
  readonly scan: (request: ScanRequest) => Candidates
  readonly group: (request: GroupRequest) => Groups
}

/** Memories whose kernel is kept; a kernel is made again in a few microseconds. */
const MOST_MEMORIES = 64

/** By id, the one known for longest first. */
const memories = new Map<number, WebAssembly.Memory>()

/** The memory as this thread met it first. */
function known ({ memory, memoryId }: ScanRequest): WebAssembly.Memory {
  const first = memories.get(memoryId)
  if (first) return first
  memories.set(memoryId, memory)
  if (memories.size > MOST_MEMORIES) memories.delete(memories.keys().next().value!)
  return memory
}

await runJobs<SearchOperations>({
  open: (check) => ({
    scan: (request) => scanRows({ ...request, memory: known(request) }, check),
    group: (request) => groupsOf(request, check)
  }),
  failed: internalError,
  transfer: (result) => 'uppers' in result ? [result.rows.buffer, result.uppers.buffer] : []
})
