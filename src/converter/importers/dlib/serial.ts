import { conversionError } from '../../conversion-error.ts'
import type { Cursor } from '../cursor.ts'

/**
 * dlib's own way of writing values, as documented in dlib 20.0 `serialize.h` and `float_details.h`: nothing is aligned, and
 * nothing tells its type, so a reader must know what comes next.
 */

/** Bit of the control byte that tells of a minus; its low four bits are the number of bytes, 1 to 8, little-endian. */
const NEGATIVE = 0x80

/** A whole number of any width. @throws {Error} ConversionError when it is none, or has more than 53 bits. */
export function integer (cursor: Cursor): number {
  const at = cursor.at()
  const control = cursor.u8()
  const size = control & 0x0f
  if (size < 1 || size > 8 || (control & 0x70) !== 0) throw conversionError(`The dlib file is damaged: no whole number starts at ${at}.`)
  let value = 0
  let unit = 1
  for (let i = 0; i < size; i++) {
    value += cursor.u8() * unit
    unit *= 256
  }
  if (!Number.isSafeInteger(value)) throw conversionError(`The dlib file is damaged: the number at ${at} is beyond all sizes.`)
  // Not −0, which compares as 0 but prints otherwise.
  return control & NEGATIVE && value !== 0 ? -value : value
}

/** The number of items that follow, each of at least `least` bytes. @throws {Error} ConversionError when the file has not as many bytes left. */
export function count (cursor: Cursor, least: number, what: string): number {
  const value = integer(cursor)
  if (value < 0 || value * least > cursor.left()) throw conversionError(`The dlib file is cut off or damaged: ${value} ${what} are announced, and ${cursor.left()} bytes are left.`)
  return value
}

/** Exponents that stand for what is no number: ∞, −∞ and NaN. */
const SPECIAL: Readonly<Record<number, number>> = { 32000: Infinity, 32001: -Infinity, 32002: NaN }

/** A float or double: mantissa · 2^exponent, both whole. */
export function float (cursor: Cursor): number {
  const mantissa = integer(cursor)
  const exponent = integer(cursor)
  return SPECIAL[exponent] ?? mantissa * 2 ** exponent
}

/** Bytes of the shortest float: two whole numbers. */
export const FLOAT_BYTES = 4

/** One of the characters 0 and 1. */
export function boolean (cursor: Cursor): boolean {
  const at = cursor.at()
  const character = cursor.u8()
  if (character !== 0x30 && character !== 0x31) throw conversionError(`The dlib file is damaged: neither true nor false stands at ${at}.`)
  return character === 0x31
}

export const text = (cursor: Cursor): string => new TextDecoder('latin1').decode(cursor.take(count(cursor, 1, 'characters')))

/** The version that most objects start with. @throws {Error} ConversionError for one that we do not know. */
export function version (cursor: Cursor, known: number, what: string): void {
  const found = integer(cursor)
  if (found !== known) throw conversionError(`The dlib file is damaged or newer: ${what} of version ${found}; version ${known} is known.`)
}

/**
 * A column vector, `matrix<float, 0, 1>`: rows and columns, negative since the format in use, and its values.
 * @throws {Error} ConversionError when it has several columns.
 */
export function column (cursor: Cursor): Float32Array {
  const rows = Math.abs(integer(cursor))
  const columns = Math.abs(integer(cursor))
  if (columns !== 1 || rows * FLOAT_BYTES > cursor.left()) throw conversionError(`The dlib file is damaged: a matrix of ${rows} × ${columns} where a column was expected, ${cursor.left()} bytes before the end.`)
  const values = new Float32Array(rows)
  for (let i = 0; i < rows; i++) values[i] = float(cursor)
  return values
}
