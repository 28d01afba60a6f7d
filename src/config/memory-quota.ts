import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'

/** Returns the bytes of memory that this process may use: those of the machine, limited by its control group. */
export function memoryQuota (limit = constrainedMemory(), machine = totalmem()): number {
  // Node reports 0 or undefined without a control group, and a huge number for one without a limit.
  return Math.min(limit || Infinity, machine)
}
