import { parentPort, workerData } from 'node:worker_threads'
import { FaceError, toMessage } from '../errors.ts'
import type { SharedWord } from './critical-section.ts'
import { type Answer, callOperation, type Job, type Operations, type ResultOf } from './worker-protocol.ts'

/** Throws when the running job is no longer wanted; long operations call it between stages. */
export type Check = () => void

export interface ThreadOptions<Table extends Operations<Table>> {
  /** Prepares the thread and returns its operations. The thread takes jobs when this resolves; when it rejects, so does the pool's `ready`. */
  readonly open: (check: Check) => Table | Promise<Table>
  /** Makes the error that the caller gets of anything thrown that is not a FaceError. */
  readonly failed: (cause: unknown) => FaceError
  /** Memory of a result that is transferred instead of copied; shared memory in it is left out. */
  readonly transfer?: (result: ResultOf<Table, keyof Table>) => readonly ArrayBufferLike[]
  /** Runs after each job, once its answer has been sent. */
  readonly afterJob?: () => Promise<void>
}

/**
 * The worker's side of `createPool`: announces that the thread is ready, then runs the jobs that the pool sends, one at a time.
 *
 * @example
 * // adder-thread.ts; the pool is createPool<Adder>({ entry: new URL('./adder-thread.ts', import.meta.url), … })
 * export type Adder = { add: (a: number, b: number) => number }
 * await runJobs<Adder>({ open: () => ({ add: (a, b) => a + b }), failed: engineFailed })
 */
export async function runJobs<Table extends Operations<Table>> ({ open, failed, transfer = () => [], afterJob }: ThreadOptions<Table>): Promise<void> {
  if (!parentPort) throw new Error('This file is the entry of a worker thread.')
  const port = parentPort
  const { cancelled } = workerData as { cancelled: SharedWord }
  const send = (answer: Answer, memory: readonly ArrayBufferLike[] = []): void =>
    port.postMessage(answer, memory.filter((buffer) => buffer instanceof ArrayBuffer))
  const messageOf = (error: unknown) => toMessage(error instanceof FaceError ? error : failed(error))

  let current = 0
  const check: Check = () => {
    if (Atomics.load(cancelled, 0) === current) throw new Error('This job is no longer wanted.')
  }

  async function perform (table: Table, { id, name, args }: Job<Table>): Promise<void> {
    current = id
    try {
      const result = await callOperation(table, name, args)
      send({ type: 'done', id, result }, transfer(result))
    } catch (error) {
      send({ type: 'failed', id, error: messageOf(error) })
    }
    await afterJob?.()
  }

  try {
    const table = await open(check)
    port.on('message', (job: Job<Table>) => { perform(table, job) })
    send({ type: 'ready' })
  } catch (error) {
    send({ type: 'broken', error: messageOf(error) })
  }
}
