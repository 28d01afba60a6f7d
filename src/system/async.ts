import { setImmediate } from 'node:timers/promises'

/**
 * Runs `work` on each item, at most `limit` at a time. After the first failure it takes no further items, and rejects with that failure
 * once the running ones are done.
 *
 * @example
 * await eachLimit(photos, 4, async (photo) => { await index(photo) })
 */
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

/** Items that a loop processes before it yields: well below a millisecond of work. */
const SLICE = 2048

/**
 * Yields to the event loop at every 2048th `count`; for loops over all photos.
 *
 * @example
 * for (const [i, photo] of photos.entries()) { add(photo); await yieldToLoop(i) }
 */
export async function yieldToLoop (count: number): Promise<void> {
  if (count % SLICE === SLICE - 1) await setImmediate()
}

/** Settles as `promise` does, or rejects with the reason of `signal` when that aborts first. The work behind `promise` goes on. */
export function unlessAborted<T> (promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    signal.addEventListener('abort', onAbort, { once: true })
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort))
  })
}

/** A task that runs once at a time. */
export interface Successive {
  /** Resolves after a run that starts after this call: an in-flight run may have missed a change made just before. */
  start: () => Promise<void>
  /** The run in flight. */
  running: () => Promise<void> | undefined
  /** Waits for all requested runs. */
  settled: () => Promise<unknown>
}

/**
 * Runs `work` once at a time. All calls of `start` during a run share the next one.
 *
 * @example
 * const indexing = successive(readFolder)
 * await indexing.start()
 */
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
