import { conversionError } from '../../../conversion-error.ts'
import { type Cursor as ByteCursor, cursorOver } from '../../cursor.ts'

/** The bytes of an HDF5 file, and the widths of its addresses and lengths in bytes. */
export interface Source {
  readonly bytes: Uint8Array
  /** Position of address 0 in `bytes`. */
  readonly base: number
  readonly addressSize: number
  readonly lengthSize: number
}

/**
 * Reads HDF5's fields, some of whose widths the file defines, on top of the importers' byte cursor.
 * Methods throw a ConversionError when they reach beyond the end.
 */
export interface Cursor extends Pick<ByteCursor, 'at' | 'left' | 'take'> {
  /** An unsigned number of 1 to 8 bytes. */
  readonly uint: (size: number) => number
  /** Reads an address and returns it as a position in `bytes`; undefined when nothing was written. */
  readonly address: () => number | undefined
  readonly length: () => number
  readonly text: (count: number) => string
  /** Returns a cursor over the next `count` bytes, and skips them. */
  readonly part: (count: number) => Cursor
}

export const damaged = (what: string, cause?: unknown): Error => conversionError(`The HDF5 file is cut off or damaged: ${what}.`, cause)

/** Creates a cursor over bytes `start` to `end` of the file. @throws {Error} ConversionError when they are out of range. */
export function cursorAt (source: Source, start: number, end: number = source.bytes.length): Cursor {
  const { bytes, base, addressSize, lengthSize } = source
  if (start < 0 || end > bytes.length || start > end) throw damaged(`bytes ${start} to ${end} of ${bytes.length} are asked for`)
  const { at, left, take } = cursorOver(bytes, 'The HDF5 file', start, end)
  const uint = (size: number): number => unsigned(take(size))
  return {
    at,
    left,
    take,
    uint,
    address () {
      const field = take(addressSize)
      return field.every((byte) => byte === 0xff) ? undefined : unsigned(field) + base
    },
    length: () => uint(lengthSize),
    text: (count) => new TextDecoder().decode(take(count)).replace(/\0.*$/s, ''),
    part (count) {
      take(count)
      return cursorAt(source, at() - count, at())
    }
  }
}

/** Decodes an unsigned little-endian number. */
const unsigned = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0)

/** Opens the structure at `address`: a cursor after its four-letter `signature`. @throws {Error} ConversionError when it is not there. */
export function structureAt (source: Source, address: number | undefined, signature: string): Cursor {
  if (address === undefined) throw damaged(`there is no ${signature} where one is needed`)
  const cursor = cursorAt(source, address)
  if (cursor.text(4) !== signature) throw damaged(`there is no ${signature} at byte ${address}`)
  return cursor
}
