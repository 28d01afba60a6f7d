import { randomInt } from 'node:crypto'

/** Most milliseconds by which the clocks of instances may differ. */
export const APART_MS = 60_000

/** Numbers per millisecond; with this many a number of today is below 2^53. */
const PARTS = 4096

/** Numbers derived from the time: Milvus has no counter, and no transaction to keep one in. */
export interface Clock {
  /** Returns a number greater than any before. */
  readonly key: () => number
  /** The same, and different from those of other instances, except one in 4096 that has the same place in the millisecond. */
  readonly version: () => number
}

export function createClock (now: () => number = Date.now): Clock {
  const place = randomInt(PARTS)
  let [key, version] = [0, 0]
  return {
    key: () => (key = Math.max(key + 1, now() * PARTS)),
    version: () => (version = Math.max(version + PARTS, now() * PARTS + place))
  }
}

/** The time of a number in milliseconds. */
export const timeOf = (number: number): number => number / PARTS
/** The smallest number of a time in milliseconds. */
export const numberAt = (ms: number): number => ms * PARTS
