/** A thread with one connection: commits wait for the disk, and large answers take their time. Both must not happen on the event loop. */
import { workerData } from 'node:worker_threads'
import { runJobs } from '../../system/worker-thread.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { asFaceError } from './failure.ts'
import { type Operations, operations } from './operations.ts'

await runJobs<Operations>({
  open: async () => operations(await openDatabase(workerData as DatabaseOptions)),
  failed: asFaceError,
  transfer: owned
})

/** The memory of an answer's arrays, which is handed over instead of copied. */
function owned (result: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) return [result.buffer as ArrayBuffer]
  if (typeof result !== 'object' || result === null) return []
  if ('embeddings' in result) return owned(result.embeddings)
  if ('faces' in result && typeof result.faces === 'object' && result.faces !== null && 'keys' in result.faces) return Object.values(result.faces).flatMap(owned)
  return []
}
