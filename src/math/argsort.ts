/** Values in a register of AVX-512. */
const LANES = 8

/** Registers that are read at a time. */
const UNROLLED = 4

/** Most values that go through a sorting network. */
const NETWORK = 256

/**
 * Returns the indices that sort `values`, none of them NaN, in ascending order, as `argsort` of NumPy 2.1 does on x86 with AVX-512. That
 * sort is not stable, and the order of two equal scores decides which of two overlapping faces a detector keeps. Written without vector
 * instructions, it is a quicksort with a sorting network for short ranges (x86-simd-sort, `xss-common-argsort.h` and
 * `xss-network-keyvaluesort.hpp`).
 */
export function argsort (values: ArrayLike<number>): number[] {
  const places = Array.from({ length: values.length }, (_, i) => i)
  sort(places, 0, places.length, (i) => values[places[i]!]!)
  return places
}

/** Returns the value whose index is at position `i`. */
type ValueAt = (i: number) => number

function sort (places: number[], start: number, end: number, value: ValueAt): void {
  if (end - start <= NETWORK) return network(places, start, end, value)
  const step = Math.floor((end - 1 - start) / LANES)
  const sample = Array.from({ length: LANES }, (_, i) => value(start + (i + 1) * step)).sort((p, q) => p - q)
  const pivot = sample[LANES / 2]!
  const middle = partition(places, start, end, pivot, value)
  // A part in which all values equal the pivot is left as it is.
  if (differs(start, middle, pivot, value)) sort(places, start, middle, value)
  if (differs(middle, end, pivot, value)) sort(places, middle, end, value)
}

function differs (start: number, end: number, pivot: number, value: ValueAt): boolean {
  for (let i = start; i < end; i++) if (value(i) !== pivot) return true
  return false
}

/** Moves values less than the pivot before the others, and returns the position of the first of the others. */
function partition (places: number[], start: number, end: number, pivot: number, value: ValueAt): number {
  const batch = LANES * UNROLLED
  let [left, right] = [start, end]
  const swap = (i: number, k: number): void => { [places[i], places[k]] = [places[k]!, places[i]!] }
  for (let i = (right - left) % batch; i > 0; i--) {
    if (value(left) < pivot) left++
    else swap(left, --right)
  }
  let [lower, upper] = [left, right]
  /** Writes registers at both ends of the free range. */
  const write = (taken: readonly Taken[]): void => {
    for (let i = 0; i < taken.length; i += LANES) {
      const register = taken.slice(i, i + LANES)
      const below = register.filter(({ less }) => less)
      const above = register.filter(({ less }) => !less)
      for (const { place } of below) places[lower++] = place
      upper -= above.length
      for (const [k, { place }] of above.entries()) places[upper + k] = place
    }
  }
  const take = (from: number): Taken[] => Array.from({ length: batch }, (_, i) => ({ place: places[from + i]!, less: value(from + i) < pivot }))
  const first = take(left)
  const last = take(right - batch)
  left += batch
  right -= batch
  while (left < right) {
    if (upper - right < left - lower) {
      right -= batch
      write(take(right))
    } else {
      left += batch
      write(take(left - batch))
    }
  }
  write(first)
  write(last)
  return lower
}

interface Taken {
  readonly place: number
  readonly less: boolean
}

/**
 * Sorts with a bitonic network (Batcher, "Sorting networks and their applications", 1968) that reverses the second half of each merge.
 * Equal values are not exchanged.
 */
function network (places: number[], begin: number, end: number, value: ValueAt): void {
  const exchange = (i: number, k: number): void => {
    // Positions beyond the end stand for the padding of the network, which is larger than all values.
    if (k < end && value(k) < value(i)) [places[i], places[k]] = [places[k]!, places[i]!]
  }
  for (let size = 2; size < 2 * (end - begin); size *= 2) {
    for (let start = begin; start < end; start += size) {
      for (let i = 0; i < size / 2; i++) exchange(start + i, start + size - 1 - i)
    }
    for (let step = size / 4; step >= 1; step /= 2) {
      for (let start = begin; start < end; start += 2 * step) {
        for (let i = start; i < start + step; i++) exchange(i, i + step)
      }
    }
  }
}
