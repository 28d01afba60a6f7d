import { Worker } from 'node:worker_threads'
import { type FaceError, fromMessage, overloaded, shuttingDown } from '../errors.ts'
import { closeCriticalSection, leaveCriticalSection, type SharedWord } from './critical-section.ts'
import type { Answer, Operations, ResultOf } from './worker-protocol.ts'

export interface PoolLog {
  warn: (object: object, message: string) => void
  error: (object: object, message: string) => void
}

export interface PoolOptions {
  /** Name of the worker threads, also in each line of the log. */
  readonly name: string
  /** File of the worker, which calls `runJobs`. Its workerData also holds the two words of `Slot`: `cancelled` and `computing`. */
  readonly entry: URL
  readonly size: number
  /** Jobs that may wait. One more is refused as `overloaded`; background jobs are neither counted nor refused. */
  readonly queueLimit: number
  readonly workerData: object
  /** Makes what one worker has of its own: further workerData, and a function that is called when its thread has ended. */
  readonly own?: () => { readonly data: object, readonly release: () => void }
  /** Makes the error of a job whose worker crashed, and of `ready` when a worker dies while it starts. */
  readonly failed: (cause: unknown) => FaceError
  readonly log: PoolLog
  /** Milliseconds after which the worker of a cancelled job is ended and replaced, when the job has not stopped by itself. */
  readonly cancelGrace?: number
  /**
   * Milliseconds that a job may run in its worker, with a signal or without. Then it rejects with what `failed` makes of that, and its worker
   * is replaced: no promise of a pool may hang for ever.
   */
  readonly jobTimeout?: number
  /** Milliseconds that a worker may take to end. Then another takes its place already, and the old one ends whenever it can. */
  readonly endTimeout?: number
}

export interface RunOptions {
  readonly signal?: AbortSignal | undefined
  readonly background?: boolean
  /** Memory that is transferred to the worker instead of copied. */
  readonly transfer?: ArrayBuffer[]
}

export interface Pool<Table extends Operations<Table>> {
  /** @throws {FaceError} overloaded; service_unavailable after `close`; what `failed` makes of a crash; what the operation threw; or the signal's reason. */
  run: <Name extends keyof Table>(name: Name, args: Parameters<Table[Name]>, options?: RunOptions) => Promise<ResultOf<Table, Name>>
  /** Resolves when every worker can take jobs; rejects when one fails to start. */
  readonly ready: Promise<void>
  /** Number of jobs that wait. */
  readonly waiting: () => number
  /** Number of workers that run a job. */
  readonly running: () => number
  /** Number of workers that can take jobs or run one. */
  readonly alive: () => number
  /** Refuses new jobs, ends waiting and running ones with service_unavailable, and stops the workers. */
  close: () => Promise<void>
}

interface Pending {
  readonly job: { readonly id: number, readonly name: PropertyKey, readonly args: readonly unknown[] }
  readonly background: boolean
  readonly transfer: ArrayBuffer[]
  readonly resolve: (result: never) => void
  readonly reject: (error: unknown) => void
  readonly release: () => void
  watchdog?: NodeJS.Timeout
}

interface Slot {
  readonly worker: Worker
  /** Holds the id of the job that is no longer wanted; the worker reads it between stages. */
  readonly cancelled: SharedWord
  /** Whether the thread may be ended now; see `critical-section.ts`. */
  readonly computing: SharedWord
  readonly release: () => void
  state: 'starting' | 'idle' | 'busy' | 'ending'
  /** Whether another worker has taken its place before it ended. */
  isReplaced: boolean
  current: Pending | undefined
  /** Why the worker ends, when it said so. */
  cause: unknown
}

/** Milliseconds after which a worker that died while it started is started again; doubled each time up to the maximum. */
const RESTART = { first: 250, most: 30_000 }

/**
 * Opens worker threads with one bounded queue. A worker runs one job at a time, so a waiting job goes to whichever worker is free
 * first, and a crash costs exactly the job that ran there. Waiting requests go before background jobs.
 *
 * Ours rather than a general pool's because a job must be droppable without the loss of its worker, which holds open sessions
 * of tens of megabytes: cancelling is a shared flag that the worker reads between stages, and ending the thread is the last resort.
 *
 * @example
 * const pool = createPool<Adder>({ name: 'adder', entry, size: 2, queueLimit: 64, workerData: {}, failed: engineFailed, log })
 * await pool.ready
 * const sum = await pool.run('add', [1, 2], { signal })
 */
export function createPool<Table extends Operations<Table>> (
  { name, entry, size, queueLimit, workerData, own, failed, log, cancelGrace = 4_000, jobTimeout = 15 * 60_000, endTimeout = 3_000 }: PoolOptions
): Pool<Table> {
  const slots = new Set<Slot>()
  const requests: Pending[] = []
  const background: Pending[] = []
  const restarts = new Set<NodeJS.Timeout>()
  let closed = false
  let nextId = 1
  let delay = RESTART.first
  let allStarted: () => void
  let startFailed: (error: FaceError) => void
  const ready = new Promise<void>((resolve, reject) => { allStarted = resolve; startFailed = reject })

  for (let i = 0; i < size; i++) start()

  function start (): void {
    const [cancelled, computing] = [word(), word()]
    const { data, release } = own?.() ?? { data: {}, release: () => {} }
    const worker = new Worker(entry, { name, workerData: { ...workerData, ...data, cancelled, computing } })
    const slot: Slot = { worker, cancelled, computing, release, state: 'starting', current: undefined, cause: undefined, isReplaced: false }
    slots.add(slot)
    worker.on('message', (answer: Answer) => onAnswer(slot, answer))
    worker.on('error', (error) => { slot.cause = error })
    // An answer that cannot be read. The worker is at rest, but what it answered is lost.
    worker.on('messageerror', (error) => {
      slot.cause = error
      replace(slot)
    })
    worker.on('exit', (code) => onExit(slot, slot.cause ?? new Error(`A worker of the pool ${name} ended with code ${code}.`)))
  }

  function onAnswer (slot: Slot, answer: Answer): void {
    if (answer.type === 'broken') {
      const error = fromMessage(answer.error)
      slot.cause = error
      startFailed(error)
      return
    }
    if (answer.type !== 'ready' && slot.current?.job.id === answer.id) {
      const { resolve, reject, release } = slot.current
      slot.current = undefined
      release()
      if (answer.type === 'done') resolve(answer.result as never)
      else reject(fromMessage(answer.error))
    }
    if (slot.state === 'ending') return
    slot.state = 'idle'
    if (answer.type === 'ready') delay = RESTART.first
    if ([...slots].every(({ state }) => state !== 'starting')) allStarted()
    next()
  }

  function onExit (slot: Slot, cause: unknown): void {
    slots.delete(slot)
    leaveCriticalSection(slot.computing)
    slot.release()
    if (slot.current) {
      slot.current.release()
      slot.current.reject(closed ? shuttingDown() : failed(cause))
    }
    if (closed || slot.isReplaced) return
    log.error({ pool: name, err: cause }, 'a worker ended; another takes its place')
    if (slot.state !== 'starting') return start()
    startFailed(failed(cause))
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
      try {
        if (pending.transfer.some(isDetached)) throw new DOMException('Memory that a job transfers belongs to another thread already.', 'DataCloneError')
        slot.worker.postMessage(pending.job, pending.transfer)
      } catch (error) {
        // The message was not sent, for example because its memory belongs to another thread already: the worker is free.
        slot.state = 'idle'
        slot.current = undefined
        pending.release()
        pending.reject(failed(error))
        return next()
      }
      watch(slot, pending)
    }
  }

  /** Ends a job that runs for too long, whoever waits for it. */
  function watch (slot: Slot, pending: Pending): void {
    const timer = setTimeout(() => {
      if (slot.current !== pending) return
      log.error({ pool: name, job: pending.job.name, ms: jobTimeout }, 'a job did not end in time; its worker is replaced')
      slot.current = undefined
      pending.release()
      pending.reject(failed(new Error(`The job ${String(pending.job.name)} ran for more than ${jobTimeout} ms.`)))
      replace(slot)
    }, jobTimeout)
    timer.unref()
    pending.watchdog = timer
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
        log.warn({ pool: name, grace: cancelGrace }, 'a cancelled job did not stop; its worker is replaced')
        replace(slot)
      }, cancelGrace)
      timer.unref()
    }
  }

  /** Ends a worker that does not answer. Its successor starts when it has ended, or after `endTimeout`: native code can hold a thread. */
  function replace (slot: Slot): void {
    const timer = setTimeout(() => {
      if (closed || !slots.has(slot)) return
      log.error({ pool: name, ms: endTimeout }, 'a worker cannot be ended; another takes its place')
      slot.isReplaced = true
      start()
    }, endTimeout)
    timer.unref()
    // A failure of the thread itself arrives as its own error or exit event.
    end(slot).catch((error: unknown) => log.error({ pool: name, err: error }, 'a worker could not be ended')).finally(() => clearTimeout(timer))
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
    alive: () => [...slots].filter(({ state, isReplaced }) => state !== 'starting' && !isReplaced).length,
    run (operation, args, { signal, background: inBackground = false, transfer = [] } = {}) {
      if (closed) return Promise.reject(shuttingDown())
      if (signal?.aborted) return Promise.reject(signal.reason)
      if (!inBackground && requests.length >= queueLimit && !idle()) return Promise.reject(overloaded(requests.length))
      return new Promise((resolve, reject) => {
        const pending: Pending = {
          job: { id: nextId++, name: operation, args }, background: inBackground, transfer, resolve, reject, release
        }
        function release (): void {
          clearTimeout(pending.watchdog)
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

/** True when a buffer has been transferred. Node 20 drops a message that transfers one, without an error; `ArrayBuffer.detached` came with Node 21. */
function isDetached (buffer: ArrayBuffer): boolean {
  if (buffer.byteLength > 0) return false
  try {
    return new Uint8Array(buffer).length > 0
  } catch {
    // The only reason for which a view of a buffer cannot be made.
    return true
  }
}

const word = (): SharedWord => new Int32Array(new SharedArrayBuffer(4))
