import { totalmem } from 'node:os'
import { constrainedMemory } from 'node:process'
import type { Config } from './config.ts'

/** Returns the bytes of memory that this process may use: those of the machine, limited by its control group. */
export function memoryQuota (limit = constrainedMemory(), machine = totalmem()): number {
  // Node reports 0 or undefined without a control group, and a huge number for one without a limit.
  return Math.min(limit || Infinity, machine)
}

/** Bytes for pictures that are decoded, of all workers together. */
export const pictureMemory = ({ IMAGES_MAX_MEMORY_MB }: Pick<Config, 'IMAGES_MAX_MEMORY_MB'>): number => IMAGES_MAX_MEMORY_MB * 2 ** 20 || memoryQuota() / 4

/** Bytes for the bodies and answers of all requests together. */
export const bytesInFlight = ({ MAX_IN_FLIGHT_MB }: Pick<Config, 'MAX_IN_FLIGHT_MB'>): number => MAX_IN_FLIGHT_MB * 2 ** 20 || memoryQuota() / 8

/** Bytes for networks that run on large pictures, of all workers together. */
export const runMemory = (quota = memoryQuota()): number => quota / 4

/**
 * Whether networks keep the memory of a run for the next one. With the default models it is 65 MB a worker, which a container of 1 GB with two
 * workers needs for other things.
 */
export const keepsRunMemory = (workers: number, quota = memoryQuota()): boolean => quota / (workers + 1) >= 640 * 2 ** 20
