import { conversionError } from '../conversion-error.ts'

/** Reads a file from start to end. The byte arrays it returns are views of the file; numbers are little-endian. */
export interface Cursor {
  /** Position of the next byte. */
  readonly at: () => number
  /** Number of bytes left. */
  readonly left: () => number
  readonly u8: () => number
  readonly u16: () => number
  readonly u32: () => number
  readonly i32: () => number
  /** @throws {Error} ConversionError when the number exceeds what JavaScript holds exactly; no valid length or offset does. */
  readonly u64: () => number
  readonly f64be: () => number
  readonly take: (length: number) => Uint8Array
  /** Returns the bytes up to the next line feed and skips the line feed. */
  readonly line: () => Uint8Array
  /** Returns the next byte without consuming it; undefined at the end. */
  readonly peek: () => number | undefined
}

/**
 * Creates a cursor over the bytes from `start` to `end`; `what` names the file in messages.
 * All methods except `at`, `left` and `peek` throw a ConversionError when fewer bytes are left than they need.
 * @example
 * const cursor = cursorOver(bytes, 'The archive')
 * const name = cursor.take(cursor.u16())
 */
export function cursorOver (bytes: Uint8Array, what: string, start = 0, end = bytes.length): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  /** Skips `length` bytes and returns the position of the first of them. */
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
