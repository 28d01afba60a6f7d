import { conversionError } from '../conversion-error.ts'

/** Reads a file from its start to its end. What it gives are views of the file; numbers are little-endian. */
export interface Cursor {
  /** Place of the next byte. */
  readonly at: () => number
  /** How many bytes are left. */
  readonly left: () => number
  readonly u8: () => number
  readonly u16: () => number
  readonly u32: () => number
  readonly i32: () => number
  /** @throws {Error} ConversionError for a number that JavaScript cannot hold exactly, as no length or offset is. */
  readonly u64: () => number
  readonly f64be: () => number
  readonly take: (length: number) => Uint8Array
  /** Bytes up to the next line feed, which is passed over. */
  readonly line: () => Uint8Array
  /** The next byte, which stays the next one; undefined at the end. */
  readonly peek: () => number | undefined
}

/**
 * A cursor over the bytes from `start` to `end`; `what` names the file in messages.
 * Every method but `at`, `left` and `peek` throws a ConversionError where they end before what is asked for.
 */
export function cursorOver (bytes: Uint8Array, what: string, start = 0, end = bytes.length): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  /** Where `length` bytes start, which are passed over. */
  const pass = (length: number): number => {
    if (!(length >= 0 && length <= end - at)) throw conversionError(`${what} is cut off: ${length} bytes are needed at ${at}, and there are ${end - at}.`)
    at += length
    return at - length
  }
  return {
    at: () => at,
    left: () => end - at,
    u8: () => view.getUint8(pass(1)),
    u16: () => view.getUint16(pass(2), true),
    u32: () => view.getUint32(pass(4), true),
    i32: () => view.getInt32(pass(4), true),
    u64 () {
      const value = Number(view.getBigUint64(pass(8), true))
      if (!Number.isSafeInteger(value)) throw conversionError(`${what} is damaged: ${value} at ${at - 8} can be no length.`)
      return value
    },
    f64be: () => view.getFloat64(pass(8), false),
    take (length) {
      const from = pass(length)
      return bytes.subarray(from, at)
    },
    line () {
      const feed = bytes.indexOf(0x0a, at)
      if (feed < 0) throw conversionError(`${what} is cut off: the line at ${at} has no end.`)
      const from = pass(feed + 1 - at)
      return bytes.subarray(from, feed)
    },
    peek: () => at < end ? bytes[at] : undefined
  }
}
