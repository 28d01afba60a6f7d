import { StalledError } from './fetch-failure.ts'

export interface Deadline {
  /** Aborts with a StalledError when the source is too slow, or with the outer signal's reason. */
  readonly signal: AbortSignal
  /** The source is alive: from now on it may be silent for `idleMs`. */
  readonly alive: () => void
  readonly clear: () => void
}

/** Bounds how long a source may take to begin (`startMs`), and how long it may be silent after that (`idleMs`). */
export function deadline (outer: AbortSignal, startMs: number, idleMs: number): Deadline {
  const controller = new AbortController()
  const expire = (reason: string) => () => controller.abort(new StalledError(reason))
  let timer = setTimeout(expire('no answer in time'), startMs)
  return {
    signal: AbortSignal.any([outer, controller.signal]),
    alive () {
      clearTimeout(timer)
      timer = setTimeout(expire('stopped sending'), idleMs)
    },
    clear: () => clearTimeout(timer)
  }
}

/** `promise`, unless `signal` aborts first: then its reason. The work behind `promise` goes on. */
export async function unlessAborted<Result> (promise: Promise<Result>, signal: AbortSignal | undefined): Promise<Result> {
  if (!signal) return await promise
  const settled = new AbortController()
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason)
    if (signal.aborted) onAbort()
    else signal.addEventListener('abort', onAbort, { once: true, signal: settled.signal })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    settled.abort()
  }
}
