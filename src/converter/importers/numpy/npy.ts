import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { cursorOver } from '../cursor.ts'
import { type StoredType, tensorOver } from '../stored.ts'

/** Element types under NumPy's names, without the byte order. */
const TYPES: Readonly<Record<string, StoredType>> = { f2: 'float16', f4: 'float32', f8: 'float64', i1: 'int8', u1: 'uint8', b1: 'bool', i2: 'int16', u2: 'uint16', i4: 'int32', i8: 'int64' }

/** An array as described by the header of its file. */
interface Header {
  /** For example `<f4`, or `|O` for an array whose elements are a pickle. */
  readonly descr: string
  readonly fortran: boolean
  readonly shape: readonly number[]
}

const isNpy = (bytes: Uint8Array): boolean => bytes[0] === 0x93 && new TextDecoder().decode(bytes.subarray(1, 6)) === 'NUMPY'

/**
 * Splits a `.npy` file of format 1, 2 or 3 into header and data (NumPy 2.2 `numpy/lib/format.py`).
 * @throws {Error} ConversionError when the file is damaged or of another format.
 */
export function splitNpy (bytes: Uint8Array, what: string): { readonly header: Header, readonly data: Uint8Array } {
  if (!isNpy(bytes)) throw conversionError(`${what} is no .npy file.`)
  const cursor = cursorOver(bytes, what)
  cursor.take(6)
  const [major, minor] = [cursor.u8(), cursor.u8()]
  if (major < 1 || major > 3 || minor !== 0) throw conversionError(`${what} is of .npy format ${major}.${minor}; formats 1.0, 2.0 and 3.0 are known.`)
  const text = new TextDecoder().decode(cursor.take(major === 1 ? cursor.u16() : cursor.u32()))
  return { header: header(text, what), data: cursor.take(cursor.left()) }
}

/** The header is a Python dictionary, which NumPy always writes in this form. */
const HEADER = /^\{'descr': '([<>|=]?[a-zA-Z]\d*)', 'fortran_order': (True|False), 'shape': \(((?:\d+L?, ?)*(?:\d+L?)?)\), ?\}\s*$/

function header (text: string, what: string): Header {
  const found = HEADER.exec(text)
  if (!found) throw conversionError(`${what} has a header that is not supported: ${text.trim().slice(0, 80)}.`)
  const [, descr = '', fortran, shape = ''] = found
  return { descr, fortran: fortran === 'True', shape: shape.split(',').filter((size) => size.trim() !== '').map((size) => parseInt(size, 10)) }
}

/**
 * Parses an element type. `=`, the byte order of the machine that wrote the file, is assumed to be little-endian.
 * @throws {Error} ConversionError when the elements are not numbers.
 */
export function elementType (descr: string, what: string): { readonly type: StoredType, readonly littleEndian: boolean } {
  const name = descr.replace(/^[<>|=]/, '')
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (!type) throw conversionError(`${what} has elements of type ${descr}, which is not supported; supported are ${Object.keys(TYPES).join(', ')}.`)
  return { type, littleEndian: !descr.startsWith('>') }
}

/** Creates the tensor of an array in NumPy's layout, as a view of `bytes` if possible. */
export const array = (bytes: Uint8Array, type: StoredType, littleEndian: boolean, { shape, fortran }: Pick<Header, 'shape' | 'fortran'>, what: string): Tensor =>
  tensorOver({ type, littleEndian, bytes }, { dims: shape, strides: fortran ? 'Fortran' : 'C' }, what)
