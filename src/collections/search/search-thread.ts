/** Entry of a thread that searches: a scan takes milliseconds of CPU time, which would block the event loop. */
import { internalError } from '../../errors.ts'
import { runJobs } from '../../system/worker-thread.ts'
import { groupFaces, type GroupRequest } from '../clusters/group-faces.ts'
import { type NearGroups, nearGroups, type NearRequest } from '../clusters/near-groups.ts'
import { type Candidates, scanRows, type ScanRequest } from './scan-rows.ts'

/** The operations that this thread runs for its pool. */
export interface SearchOperations {
  readonly scan: (request: ScanRequest) => Candidates
  readonly near: (request: NearRequest) => NearGroups
  readonly group: (request: GroupRequest) => Promise<Int32Array>
}

/** Most memories whose kernel is kept; instantiating a kernel again takes a few microseconds. */
const MOST_MEMORIES = 64

/** By id, the oldest first. */
const memories = new Map<number, WebAssembly.Memory>()

/** Returns the object under which this thread first received the memory: its kernel is kept by that object. */
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
    near: (request) => nearGroups(request, check),
    group: (request) => groupFaces(request, check)
  }),
  failed: internalError,
  transfer: (result) => 'uppers' in result ? [result.rows.buffer, result.uppers.buffer] : []
})
