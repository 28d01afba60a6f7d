import { conversionError } from '../../../conversion-error.ts'
import { type Cursor as ByteCursor, cursorOver } from '../../cursor.ts'

/** The bytes of an HDF5 file, and how wide its addresses and lengths are. */
export interface Source {
  readonly bytes: Uint8Array
  /** Where address 0 lies in `bytes`. */
  readonly base: number
  readonly addressSize: number
  readonly lengthSize: number
}

/** What HDF5 is read with, besides bytes. Whatever reaches beyond its end is a ConversionError. */
export interface Cursor extends Pick<ByteCursor, 'at' | 'left' | 'take'> {
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

/** The little-endian number in these bytes. */
const unsigned = (bytes: Uint8Array): number => bytes.reduceRight((value, byte) => value * 256 + byte, 0)

/** A cursor behind `signature`, the four letters that open a structure. */
export function structureAt (source: Source, address: number | undefined, signature: string): Cursor {
  if (address === undefined) throw damaged(`there is no ${signature} where one is needed`)
  const cursor = cursorAt(source, address)
  if (cursor.text(4) !== signature) throw damaged(`there is no ${signature} at byte ${address}`)
  return cursor
}
