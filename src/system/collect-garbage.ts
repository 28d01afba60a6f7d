import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/**
 * Returns a function that frees all memory of this thread that nothing refers to. V8 frees it in its own time; the memory of large buffers,
 * of which its heap holds only handles, may stay for long.
 */
export function garbageCollector (): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}
