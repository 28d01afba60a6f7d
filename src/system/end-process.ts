import { once } from 'node:events'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Worker } from 'node:worker_threads'

/** Worker threads of this process that have not ended. */
const threads = new Set<Worker>()
process.on('worker', (worker) => {
  threads.add(worker)
  worker.once('exit', () => threads.delete(worker))
})

/** Work in libuv's threads, as `process.getActiveResourcesInfo` calls it: files and host names. */
const POOLED = /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/

/** Number of threads in which native code may run, and which process.exit therefore waits for without any bound. */
const running = (): number => threads.size + process.getActiveResourcesInfo().filter((resource) => POOLED.test(resource)).length

/** Milliseconds between two looks at the threads that are about to end. */
const LOOK_MS = 20

/**
 * Ends the process with `code` once its threads have ended. Threads that do not end within `patience` milliseconds are in native code, which
 * process.exit would wait for: then the process is killed, after `onStuck` was called with their number.
 */
export async function endProcess (code: number, patience: number, onStuck: (threads: number) => void): Promise<never> {
  const until = performance.now() + patience
  while (running() > 0 && performance.now() < until) {
    await Promise.race([sleep(LOOK_MS), ...Array.from(threads, async (worker) => await once(worker, 'exit'))])
  }
  if (running() === 0) process.exit(code)
  onStuck(running())
  return killProcess()
}

/** Ends the process at once, whatever its threads do. */
export function killProcess (): never {
  process.kill(process.pid, 'SIGKILL')
  // Process 1 of a container cannot be killed from within; a fault of its own ends it.
  process.abort()
}
