/** The thread that asks for /health all the time and reads the memory of the service. */
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'
import type { Sight, WatchOptions } from './watch.ts'

const { origin, headers, pid } = workerData as WatchOptions

/** Milliseconds between two requests, and between two looks at the memory. */
const PAUSE = 25
const MEMORY_PAUSE = 200
/** Milliseconds after which /health counts as not answered. */
const PATIENCE = 30_000

let seen: Sight = { longest: 0, memory: 0 }
/** When the request that is under way began. */
let asked: number | undefined

parentPort!.on('message', async () => {
  // A short attack may be over before the memory is looked at.
  await lookAtMemory()
  const sofar = asked === undefined ? 0 : performance.now() - asked
  parentPort!.postMessage({ ...seen, longest: Math.max(seen.longest, sofar) })
  seen = { longest: 0, memory: 0 }
})
await Promise.all([watchHealth(), watchMemory()])

async function watchHealth (): Promise<never> {
  for (;;) {
    asked = performance.now()
    const isAnswered = await fetch(`${origin}/health`, { headers, signal: AbortSignal.timeout(PATIENCE) })
      .then(async (response) => await response.arrayBuffer() !== undefined && response.ok, () => false)
    const took = isAnswered ? performance.now() - asked : Infinity
    asked = undefined
    seen = { ...seen, longest: Math.max(seen.longest, took) }
    await setTimeout(PAUSE)
  }
}

async function watchMemory (): Promise<never> {
  for (;;) {
    await lookAtMemory()
    await setTimeout(MEMORY_PAUSE)
  }
}

async function lookAtMemory (): Promise<void> {
  const memory = pid === undefined ? await reported() : resident(pid)
  seen = { ...seen, memory: Math.max(seen.memory, memory) }
}

/** Returns what /metrics says; 0 when it is not served. */
function reported (): Promise<number> {
  return fetch(`${origin}/metrics`, { headers, signal: AbortSignal.timeout(PATIENCE) })
    .then((response) => response.text())
    .then((text) => Number(/^process_resident_memory_bytes (\S+)/m.exec(text)?.[1] ?? 0), () => 0)
}

/** Returns the resident memory of a process and its children in bytes, on Linux; 0 when it has ended. */
function resident (process: number): number {
  try {
    const own = 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${process}/status`, 'latin1'))?.[1] ?? 0)
    const children = readFileSync(`/proc/${process}/task/${process}/children`, 'latin1').trim().split(' ').filter((text) => text !== '')
    return children.reduce((sum, child) => sum + resident(Number(child)), own)
  } catch {
    // A process may end at any time, and other systems than Linux have no /proc.
    return 0
  }
}
