import { conversionError } from '../../conversion-error.ts'
import type { Cursor } from '../cursor.ts'

/**
 * dlib's own serialisation, as documented in dlib 20.0 `serialize.h` and `float_details.h`: values are unaligned and untyped, so the reader
 * must know what comes next.
 */

/** Sign bit of the control byte, whose low four bits are the number of bytes that follow, 1 to 8, little-endian. */
const NEGATIVE = 0x80

/** Reads a whole number of any width. @throws {Error} ConversionError when there is none, or it exceeds 53 bits. */
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
  // Avoids −0, which equals 0 but prints differently.
  return control & NEGATIVE && value !== 0 ? -value : value
}

/**
 * Reads the number of items that follow, each of at least `least` bytes.
 * @throws {Error} ConversionError when the file is too short for them.
 */
export function count (cursor: Cursor, least: number, what: string): number {
  const value = integer(cursor)
  if (value < 0 || value * least > cursor.left()) throw conversionError(`The dlib file is cut off or damaged: ${value} ${what} are announced, and ${cursor.left()} bytes are left.`)
  return value
}

/** Exponents that encode ∞, −∞ and NaN. */
const SPECIAL: Readonly<Record<number, number>> = { 32000: Infinity, 32001: -Infinity, 32002: NaN }

/** Reads a float or double: mantissa · 2^exponent, both whole numbers. */
export function float (cursor: Cursor): number {
  const mantissa = integer(cursor)
  const exponent = integer(cursor)
  return SPECIAL[exponent] ?? mantissa * 2 ** exponent
}

/** Bytes of the shortest float, which is two whole numbers. */
export const FLOAT_BYTES = 4

/** Reads a boolean, the character 0 or 1. @throws {Error} ConversionError when it is another character. */
export function boolean (cursor: Cursor): boolean {
  const at = cursor.at()
  const character = cursor.u8()
  if (character !== 0x30 && character !== 0x31) throw conversionError(`The dlib file is damaged: neither true nor false stands at ${at}.`)
  return character === 0x31
}

export const text = (cursor: Cursor): string => new TextDecoder('latin1').decode(cursor.take(count(cursor, 1, 'characters')))

/** Reads the version that most objects start with. @throws {Error} ConversionError when it is not `known`. */
export function version (cursor: Cursor, known: number, what: string): void {
  const found = integer(cursor)
  if (found !== known) throw conversionError(`The dlib file is damaged or newer: ${what} of version ${found}; version ${known} is known.`)
}

/**
 * Reads a column vector, `matrix<float, 0, 1>`: rows and columns, negative in the current format, then its values.
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
