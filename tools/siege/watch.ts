import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'

/** The service as it was seen since the last look. */
export interface Sight {
  /** Longest time that /health took, in milliseconds; Infinity when it did not answer. */
  readonly longest: number
  /** Largest resident memory in bytes: that of the process and its children with its id, else what /metrics says; 0 when unknown. */
  readonly memory: number
}

export interface WatchOptions {
  readonly origin: string
  readonly headers: Readonly<Record<string, string>>
  readonly pid: number | undefined
}

export interface Watch {
  /** Returns what was seen since the last call. */
  readonly look: () => Promise<Sight>
  readonly close: () => Promise<unknown>
}

/** Watches the service from a thread of its own: the thread that attacks is busy, and would measure itself. */
export function watch (workerData: WatchOptions): Watch {
  const thread = new Worker(new URL(`./watch-thread${extname(import.meta.url)}`, import.meta.url), { workerData })
  return {
    async look () {
      thread.postMessage('look')
      const [sight] = await once(thread, 'message') as [Sight]
      return sight
    },
    close: () => thread.terminate()
  }
}
