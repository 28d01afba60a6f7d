/** A thread that searches: a scan takes milliseconds of a CPU, which the event loop has better use for. */
import { parentPort, workerData } from 'node:worker_threads'
import { toMessage } from '../../errors.ts'
import type { Answer, Job } from '../../system/worker-pool.ts'
import { type Groups, groupsOf, type GroupRequest } from './group-faces.ts'
import { type Candidates, scanRows, type ScanRequest } from './scan-rows.ts'

export type SearchTask =
  | { readonly kind: 'scan', readonly request: ScanRequest }
  | { readonly kind: 'group', readonly request: GroupRequest }

/** Memories whose kernel is kept; a kernel is made again in a few microseconds. */
const MOST_MEMORIES = 64

if (!parentPort) throw new Error('This file is the entry of a worker thread.')
const port = parentPort
const { cancelled } = workerData as { cancelled: Int32Array<SharedArrayBuffer> }
const send = (answer: Answer, transfer: ArrayBuffer[] = []): void => port.postMessage(answer, transfer)

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

function perform (task: SearchTask, check: () => void): Candidates | Groups {
  return task.kind === 'group' ? groupsOf(task.request, check) : scanRows({ ...task.request, memory: known(task.request) }, check)
}

port.on('message', ({ id, task }: Job) => {
  try {
    const result = perform(task as SearchTask, () => {
      if (Atomics.load(cancelled, 0) === id) throw new Error('This search is no longer wanted.')
    })
    send({ type: 'done', id, result }, 'uppers' in result ? [result.rows.buffer as ArrayBuffer, result.uppers.buffer as ArrayBuffer] : [])
  } catch (error) {
    send({ type: 'failed', id, error: toMessage(error) })
  }
})
send({ type: 'ready' })
