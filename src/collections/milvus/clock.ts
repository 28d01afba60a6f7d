import { randomInt } from 'node:crypto'

/** Numbers a millisecond has; with them a number of today is below 2^53. */
const PARTS = 4096

/** Numbers by the time: Milvus has no counter, and no transaction to keep one in. */
export interface Clock {
  /** Greater than any before. */
  readonly key: () => number
  /** Greater than any before, and of no other instance, unless one of 4096 has the same place in the millisecond. */
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

/** The time of a number, in milliseconds. */
export const timeOf = (number: number): number => number / PARTS
/** The least number of a time. */
export const numberAt = (ms: number): number => ms * PARTS
