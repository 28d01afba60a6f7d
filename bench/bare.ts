import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { BareLoop } from './bare-loop.ts'

const ENTRY = new URL(`./bare-loop${extname(import.meta.url)}`, import.meta.url)

/**
 * Runs this many bare loops in parallel and returns the photos that they process a second together. They start at the same time, after
 * all have opened their sessions.
 */
export async function bareLoop (loop: BareLoop, threads: number): Promise<number> {
  const workers = Array.from({ length: threads }, () => new Worker(ENTRY, { workerData: loop }))
  await Promise.all(workers.map((worker) => once(worker, 'message')))
  const rates = await Promise.all(workers.map(async (worker): Promise<number> => {
    worker.postMessage('go')
    const [rate] = await once(worker, 'message')
    return rate
  }))
  await Promise.all(workers.map((worker) => worker.terminate()))
  return rates.reduce((sum, rate) => sum + rate, 0)
}
