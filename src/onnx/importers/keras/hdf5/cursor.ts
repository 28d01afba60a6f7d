import { conversionError } from '../../../conversion-error.ts'

/** The bytes of an HDF5 file, and how wide its addresses and lengths are. */
export interface Source {
  readonly bytes: Uint8Array
  /** Where address 0 lies in `bytes`. */
  readonly base: number
  readonly addressSize: number
  readonly lengthSize: number
}

/** Reads little-endian numbers one after the other. Whatever reaches beyond its end is a ConversionError. */
export interface Cursor {
  /** Position of the next byte in the file. */
  readonly position: () => number
  readonly left: () => number
  readonly skip: (count: number) => void
  /** A view of the next bytes. */
  readonly take: (count: number) => Uint8Array
  /** An unsigned number of 1 to 8 bytes. */
  readonly uint: (size: number) => number
  /** Where something lies in the file, as a position in `bytes`; undefined where nothing was written. */
  readonly address: () => number | undefined
  readonly length: () => number
  readonly text: (count: number) => string
  /** The part of the next `count` bytes. */
  readonly part: (count: number) => Cursor
}

export const damaged = (what: string, cause?: unknown): Error => conversionError(`The HDF5 file is cut off or damaged: ${what}.`, cause)

/** A cursor over bytes `start` to `end` of the file. @throws {Error} ConversionError when they lie outside. */
export function cursorAt (source: Source, start: number, end: number = source.bytes.length): Cursor {
  const { bytes, addressSize, lengthSize } = source
  if (start < 0 || end > bytes.length || start > end) throw damaged(`bytes ${start} to ${end} of ${bytes.length} are asked for`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = start
  const advance = (count: number): number => {
    if (count > end - at) throw damaged(`${count} bytes are needed at ${at}, and ${end - at} are left`)
    at += count
    return at - count
  }
  const uint = (size: number): number => {
    const from = advance(size)
    if (size === 1) return view.getUint8(from)
    if (size === 2) return view.getUint16(from, true)
    if (size === 4) return view.getUint32(from, true)
    let value = 0
    for (let i = size - 1; i >= 0; i--) value = value * 256 + bytes[from + i]!
    return value
  }
  const cursor: Cursor = {
    uint,
    position: () => at,
    left: () => end - at,
    skip: (count) => { advance(count) },
    take: (count) => bytes.subarray(advance(count), at),
    address () {
      const from = advance(addressSize)
      if (bytes.subarray(from, at).every((byte) => byte === 0xff)) return undefined
      at = from
      return uint(addressSize) + source.base
    },
    length: () => uint(lengthSize),
    text: (count) => new TextDecoder().decode(cursor.take(count)).replace(/\0.*$/s, ''),
    part (count) {
      const from = advance(count)
      return cursorAt(source, from, at)
    }
  }
  return cursor
}

/** A cursor behind `signature`, the four letters that open a structure. */
export function structureAt (source: Source, address: number | undefined, signature: string): Cursor {
  if (address === undefined) throw damaged(`there is no ${signature} where one is needed`)
  const cursor = cursorAt(source, address)
  if (cursor.text(4) !== signature) throw damaged(`there is no ${signature} at byte ${address}`)
  return cursor
}
