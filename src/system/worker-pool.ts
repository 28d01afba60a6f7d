import { Worker } from 'node:worker_threads'
import { type ErrorMessage, engineFailed, fromMessage, overloaded, shuttingDown } from '../errors.ts'
import { closeCriticalSection, leaveCriticalSection, type SharedWord } from './critical-section.ts'

/** What the main thread sends a worker. */
export interface Job {
  readonly id: number
  readonly task: unknown
}

/** What a worker answers. The first message of a worker, `ready`, says that it can take jobs. */
export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'done', readonly id: number, readonly result: unknown }
  | { readonly type: 'failed', readonly id: number, readonly error: ErrorMessage }
  | { readonly type: 'broken', readonly error: ErrorMessage }

export interface PoolLog {
  warn: (object: object, message: string) => void
  error: (object: object, message: string) => void
}

export interface PoolOptions {
  /** Entry of the worker; it reads `cancelled` from its workerData, and `computing` where it uses ONNX Runtime (see `Slot`). */
  readonly entry: URL
  readonly size: number
  /** Jobs that may wait. One more is refused as `overloaded`; background jobs are neither counted nor refused. */
  readonly queueLimit: number
  readonly workerData: object
  readonly log: PoolLog
  /** How long a cancelled job may go on before its worker is ended and replaced, in ms. */
  readonly cancelGrace?: number
}

export interface RunOptions {
  readonly signal?: AbortSignal
  readonly background?: boolean
  /** Memory that is handed over instead of copied. */
  readonly transfer?: ArrayBuffer[]
}

export interface Pool {
  /** @throws {FaceError} overloaded, deepface_error, service_unavailable; whatever the task threw; or the signal's reason. */
  run: (task: unknown, options?: RunOptions) => Promise<unknown>
  /** Resolves when every worker can take jobs; rejects when one fails to start. */
  readonly ready: Promise<void>
  readonly waiting: () => number
  readonly running: () => number
  /** Workers that can take jobs or are at one. */
  readonly alive: () => number
  /** Refuses new jobs, ends waiting and running ones with service_unavailable, and stops the workers. */
  close: () => Promise<void>
}

interface Pending {
  readonly job: Job
  readonly background: boolean
  readonly transfer: ArrayBuffer[]
  readonly resolve: (result: unknown) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
}

interface Slot {
  readonly worker: Worker
  /** Holds the id of the job that is no longer wanted; the worker looks at it between stages. */
  readonly cancelled: SharedWord
  /** Whether the thread may be ended now. */
  readonly computing: SharedWord
  state: 'starting' | 'idle' | 'busy' | 'ending'
  current: Pending | undefined
}

/** A worker that dies while it starts is started again after this long, doubled each time up to the maximum. */
const RESTART = { first: 250, most: 30_000 }

/**
 * Worker threads with one bounded queue. A worker has one job at a time, so a waiting job goes to whichever is free first, and
 * a crash costs exactly the job that ran there. Waiting requests go before background jobs.
 *
 * Ours rather than a general pool's because a job must be droppable without the loss of its worker, which holds open sessions
 * of tens of megabytes: cancelling is a shared flag that the worker reads between stages, and ending the thread is the last resort.
 */
export function createPool ({ entry, size, queueLimit, workerData, log, cancelGrace = 10_000 }: PoolOptions): Pool {
  const slots = new Set<Slot>()
  const requests: Pending[] = []
  const background: Pending[] = []
  const restarts = new Set<NodeJS.Timeout>()
  let closed = false
  let nextId = 1
  let delay = RESTART.first
  let started: () => void
  let failed: (error: unknown) => void
  const ready = new Promise<void>((resolve, reject) => { started = resolve; failed = reject })

  for (let i = 0; i < size; i++) start()

  function start (): void {
    const [cancelled, computing] = [word(), word()]
    const worker = new Worker(entry, { workerData: { ...workerData, cancelled, computing } })
    const slot: Slot = { worker, cancelled, computing, state: 'starting', current: undefined }
    let cause: unknown
    slots.add(slot)
    worker.on('message', (answer: Answer) => onAnswer(slot, answer))
    worker.on('error', (error) => { cause = error })
    worker.on('exit', (code) => onExit(slot, cause ?? new Error(`A worker ended with code ${code}.`)))
  }

  function onAnswer (slot: Slot, answer: Answer): void {
    if (answer.type === 'broken') {
      failed(fromMessage(answer.error))
      return
    }
    if (answer.type !== 'ready' && slot.current?.job.id === answer.id) {
      const { resolve, reject, release } = slot.current
      slot.current = undefined
      release()
      if (answer.type === 'done') resolve(answer.result)
      else reject(fromMessage(answer.error))
    }
    if (slot.state === 'ending') return
    slot.state = 'idle'
    if (answer.type === 'ready') delay = RESTART.first
    if ([...slots].every(({ state }) => state !== 'starting')) started()
    next()
  }

  function onExit (slot: Slot, cause: unknown): void {
    slots.delete(slot)
    leaveCriticalSection(slot.computing)
    if (slot.current) {
      slot.current.release()
      slot.current.reject(closed ? shuttingDown() : engineFailed(cause))
    }
    if (closed) return
    log.error({ err: cause }, 'a worker ended; another takes its place')
    if (slot.state !== 'starting') return start()
    failed(cause)
    const timer = setTimeout(() => { restarts.delete(timer); start() }, delay)
    restarts.add(timer)
    delay = Math.min(2 * delay, RESTART.most)
  }

  function next (): void {
    for (const slot of slots) {
      if (slot.state !== 'idle') continue
      const pending = requests.shift() ?? background.shift()
      if (!pending) return
      slot.state = 'busy'
      slot.current = pending
      slot.worker.postMessage(pending.job, pending.transfer)
    }
  }

  function cancel (pending: Pending): void {
    for (const queue of [requests, background]) {
      const at = queue.indexOf(pending)
      if (at >= 0) queue.splice(at, 1)
    }
    for (const slot of slots) {
      if (slot.current !== pending) continue
      Atomics.store(slot.cancelled, 0, pending.job.id)
      const timer = setTimeout(() => {
        if (slot.current !== pending) return
        log.warn({ grace: cancelGrace }, 'a cancelled job did not stop; its worker is replaced')
        // A rejection of terminate would reach us as the worker's own error or exit.
        end(slot).catch((error: unknown) => log.error({ err: error }, 'a worker could not be ended'))
      }, cancelGrace)
      timer.unref()
    }
  }

  async function end (slot: Slot): Promise<void> {
    slot.state = 'ending'
    await closeCriticalSection(slot.computing)
    await slot.worker.terminate()
  }

  return {
    ready,
    waiting: () => requests.length + background.length,
    running: () => [...slots].filter(({ state }) => state === 'busy').length,
    alive: () => [...slots].filter(({ state }) => state !== 'starting').length,
    run (task, { signal, background: inBackground = false, transfer = [] } = {}) {
      if (closed) return Promise.reject(shuttingDown())
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (!inBackground && requests.length >= queueLimit && !idle()) return Promise.reject(overloaded(requests.length))
      return new Promise((resolve, reject) => {
        const pending: Pending = { job: { id: nextId++, task }, background: inBackground, transfer, resolve, reject, release }
        function release (): void {
          signal?.removeEventListener('abort', onAbort)
        }
        function onAbort (): void {
          cancel(pending)
          reject(signal?.reason)
        }
        signal?.addEventListener('abort', onAbort, { once: true })
        const queue = inBackground ? background : requests
        queue.push(pending)
        next()
      })
    },
    async close () {
      if (closed) return
      closed = true
      for (const timer of restarts) clearTimeout(timer)
      for (const { release, reject } of [...requests.splice(0), ...background.splice(0)]) {
        release()
        reject(shuttingDown())
      }
      await Promise.all([...slots].map(end))
    }
  }

  function idle (): boolean {
    return [...slots].some(({ state }) => state === 'idle')
  }
}

const word = (): SharedWord => new Int32Array(new SharedArrayBuffer(4))
