/**
 * ONNX Runtime's binding aborts the whole process when its thread is terminated while it computes. So pool and worker coordinate through a
 * word of shared memory, which holds these bits: the pool sets ENDING and terminates the thread once COMPUTING is clear; a thread that
 * finds ENDING set starts no computation.
 */
const COMPUTING = 1
const ENDING = 2

/** One 32-bit integer of shared memory. */
export type SharedWord = Int32Array<SharedArrayBuffer>

/**
 * For the worker: returns a function that runs a computation during which the thread is not terminated. Several may run at once.
 *
 * @example
 * const runCritical = criticalSection(workerData.computing)
 * const outputs = await runCritical(() => session.run(feeds))
 */
export function criticalSection (word: SharedWord): <Result>(compute: () => Promise<Result>) => Promise<Result> {
  let running = 0
  return async (compute) => {
    if (running++ === 0 && (Atomics.or(word, 0, COMPUTING) & ENDING)) {
      leaveCriticalSection(word)
      // Blocks until the thread is terminated.
      Atomics.wait(word, 0, ENDING)
    }
    try {
      return await compute()
    } finally {
      if (--running === 0) leaveCriticalSection(word)
    }
  }
}

/** For the pool: resolves when the thread may be terminated, which then starts no further computation. */
export async function closeCriticalSection (word: SharedWord): Promise<void> {
  Atomics.or(word, 0, ENDING)
  await Atomics.waitAsync(word, 0, COMPUTING | ENDING).value
}

/** Marks that the thread no longer computes, or has ended. */
export function leaveCriticalSection (word: SharedWord): void {
  Atomics.and(word, 0, ~COMPUTING)
  Atomics.notify(word, 0)
}
