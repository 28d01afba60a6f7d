import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'

/** Bytes of memory this process may use: those of the machine, cut down to the limit of its control group. */
export function memoryQuota (limit = constrainedMemory(), machine = totalmem()): number {
  // 0 or undefined: no control group; an absurdly large one where it has no limit.
  return Math.min(limit || Infinity, machine)
}
