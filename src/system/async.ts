import { setImmediate } from 'node:timers/promises'

/** Runs `work` on each item, at most `limit` at a time. Stops taking items at the first failure and rejects with it once the others are done. */
export async function eachLimit<Item> (items: readonly Item[], limit: number, work: (item: Item) => Promise<void>): Promise<void> {
  let next = 0
  let failed = false
  async function lane (): Promise<void> {
    while (next < items.length && !failed) {
      try {
        await work(items[next++]!)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const lanes = await Promise.allSettled(Array.from({ length: Math.min(limit, items.length) }, lane))
  for (const outcome of lanes) if (outcome.status === 'rejected') throw outcome.reason
}

/** Items a loop may go through before it lets others run: well below a millisecond of work. */
const SLICE = 2048

/** Lets the event loop turn at every 2048th `count`; for loops over all photos. */
export async function yieldToLoop (count: number): Promise<void> {
  if (count % SLICE === SLICE - 1) await setImmediate()
}

/** Settles as `promise` does, or rejects with the reason of `signal` when it aborts first. The work behind `promise` goes on. */
export function unlessAborted<T> (promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

export interface Successive {
  /** Ends with a run that starts after this call: a running one may have passed by what was changed just now. */
  start: () => Promise<void>
  /** The run that is going on. */
  running: () => Promise<void> | undefined
  /** Waits for the runs that were asked for. */
  settled: () => Promise<unknown>
}

/** Runs `work` once at a time. However many ask for a run while another one is going on, they share the next. */
export function successive (work: () => Promise<void>): Successive {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined

  function start (): Promise<void> {
    if (!running) {
      running = work().finally(() => { running = undefined })
      return running
    }
    const again = (): Promise<void> => {
      next = undefined
      return start()
    }
    next ??= running.then(again, again)
    return next
  }

  return { start, running: () => running, settled: () => Promise.allSettled([running, next]) }
}
