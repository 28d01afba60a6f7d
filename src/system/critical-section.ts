/**
 * ONNX Runtime's binding ends the whole process when its thread is ended while it computes. So pool and worker agree in a word of
 * shared memory: a thread that is to be ended begins no computation, and is ended when it is in none.
 */
const COMPUTING = 1
const ENDING = 2

export type SharedWord = Int32Array<SharedArrayBuffer>

/** For the worker: wraps what computes. Several may run at once. */
export function criticalSection (word: SharedWord): <Result>(compute: () => Promise<Result>) => Promise<Result> {
  let running = 0
  return async (compute) => {
    if (running++ === 0 && (Atomics.or(word, 0, COMPUTING) & ENDING)) {
      leaveCriticalSection(word)
      // Until the end of this thread.
      Atomics.wait(word, 0, ENDING)
    }
    try {
      return await compute()
    } finally {
      if (--running === 0) leaveCriticalSection(word)
    }
  }
}

/** For the pool: resolves when the thread may be ended. */
export async function closeCriticalSection (word: SharedWord): Promise<void> {
  Atomics.or(word, 0, ENDING)
  await Atomics.waitAsync(word, 0, COMPUTING | ENDING).value
}

/** The thread computes no more, or has ended. */
export function leaveCriticalSection (word: SharedWord): void {
  Atomics.and(word, 0, ~COMPUTING)
  Atomics.notify(word, 0)
}
