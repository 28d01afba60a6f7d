/** Entry of a worker thread with one connection: commits wait for the disk, and large results take long; neither may block the event loop. */
import { workerData } from 'node:worker_threads'
import { runJobs } from '../../system/worker-thread.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { asFaceError } from './failure.ts'
import { type Operations, operations } from './operations.ts'

await runJobs<Operations>({
  open: async () => operations(await openDatabase(workerData as DatabaseOptions)),
  failed: asFaceError,
  transfer: buffersOf
})

/** The buffers of the arrays of a result (a photo, VectorRows or a Feed), which are transferred instead of copied. */
function buffersOf (result: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) return [result.buffer as ArrayBuffer]
  if (typeof result !== 'object' || result === null) return []
  if ('embeddings' in result) return buffersOf(result.embeddings)
  const faces = 'faces' in result ? result.faces : undefined
  return typeof faces === 'object' && faces !== null && 'keys' in faces ? Object.values(faces).flatMap(buffersOf) : []
}
