/** Decodes symbols that were encoded by their probability. */
export interface RangeDecoder {
  /** Returns a number below `total`: the next symbol is the one whose range of counts contains it. */
  readonly target: (total: number) => number
  /** Consumes that symbol, whose counts range from `low` (inclusive) to `high` (exclusive). */
  readonly pass: (low: number, high: number) => void
}

/** A range shorter than `SHORT` whose first bytes differ is narrowed until they agree; one of at most `LITTLE` collapses to its middle. */
const SHORT = 0x10000
const LITTLE = 0x1000

/**
 * Range decoder of dlib 20.0 `entropy_decoder/entropy_decoder_kernel_2.cpp`: a 32-bit range, shifted out byte by byte.
 * Zeros follow the end of the data.
 */
export function rangeDecoder (bytes: Uint8Array): RangeDecoder {
  let at = 0
  const next = (): number => bytes[at++] ?? 0
  let [low, high, unit] = [1, 0xffffffff, 0]
  let value = 0
  for (let i = 0; i < 4; i++) value = (value << 8 | next()) >>> 0

  return {
    target (total) {
      unit = Math.floor((high - low + 1) / total)
      return Math.min(Math.floor(((value - low) >>> 0) / unit), total - 1)
    },
    pass (lowCount, highCount) {
      high = (low + unit * highCount - 1) >>> 0
      low = (low + unit * lowCount) >>> 0
      while (true) {
        if (high >>> 24 === low >>> 24) {
          value = (value << 8 | next()) >>> 0
          high = (high << 8 | 0xff) >>> 0
          low = (low << 8) >>> 0 || 1
          continue
        }
        const length = (high - low) >>> 0
        if (length >= SHORT) return
        const middle = (high >>> 1) + (low >>> 1)
        high = length > LITTLE ? middle + 0xff : middle
        low = length > LITTLE ? middle - 0xff : middle
      }
    }
  }
}
