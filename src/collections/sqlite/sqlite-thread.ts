/** A thread with one connection: commits wait for the disk, and large answers take their time. Both must not happen on the event loop. */
import { parentPort, workerData } from 'node:worker_threads'
import type { Answer, Job } from '../../system/worker-pool.ts'
import { toMessage } from '../../errors.ts'
import { type DatabaseOptions, openDatabase } from './database.ts'
import { asFaceError } from './failure.ts'
import { type OperationName, operations } from './operations.ts'

/** What the main thread asks for. */
export interface Call {
  readonly name: OperationName
  readonly args: readonly unknown[]
}

if (!parentPort) throw new Error('This file is the entry of a worker thread.')
const port = parentPort
const send = (answer: Answer, transfer: ArrayBuffer[] = []): void => port.postMessage(answer, transfer)

try {
  const table = operations(await openDatabase(workerData as DatabaseOptions)) as unknown as Record<OperationName, (...args: readonly unknown[]) => unknown>
  port.on('message', ({ id, task }: Job) => {
    try {
      const { name, args } = task as Call
      const result = table[name](...args)
      send({ type: 'done', id, result }, owned(result))
    } catch (error) {
      send({ type: 'failed', id, error: toMessage(asFaceError(error)) })
    }
  })
  send({ type: 'ready' })
} catch (error) {
  send({ type: 'broken', error: toMessage(asFaceError(error)) })
}

/** The memory of an answer's arrays, which is handed over instead of copied. */
function owned (result: unknown): ArrayBuffer[] {
  if (ArrayBuffer.isView(result)) return [result.buffer as ArrayBuffer]
  if (typeof result !== 'object' || result === null) return []
  if ('embeddings' in result) return owned(result.embeddings)
  if ('faces' in result && typeof result.faces === 'object' && result.faces !== null && 'keys' in result.faces) return Object.values(result.faces).flatMap(owned)
  return []
}
