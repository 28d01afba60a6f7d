import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { cursorOver } from '../cursor.ts'
import { type StoredType, tensorOver } from '../stored.ts'

/** NumPy's names of element types, without the byte order. */
const TYPES: Readonly<Record<string, StoredType>> = { f2: 'float16', f4: 'float32', f8: 'float64', i1: 'int8', u1: 'uint8', b1: 'bool', i2: 'int16', u2: 'uint16', i4: 'int32', i8: 'int64' }

/** An array as the header of its file describes it. */
interface Header {
  /** Such as `<f4`, or `|O` for one whose elements are a pickle. */
  readonly descr: string
  readonly fortran: boolean
  readonly shape: readonly number[]
}

const isNpy = (bytes: Uint8Array): boolean => bytes[0] === 0x93 && new TextDecoder().decode(bytes.subarray(1, 6)) === 'NUMPY'

/**
 * Takes a `.npy` file of format 1, 2 or 3 apart (NumPy 2.2 `numpy/lib/format.py`).
 * @throws {Error} ConversionError when it is damaged or another format.
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

/** The header is a Python dictionary, always written in this one way. */
const HEADER = /^\{'descr': '([<>|=]?[a-zA-Z]\d*)', 'fortran_order': (True|False), 'shape': \(((?:\d+L?, ?)*(?:\d+L?)?)\), ?\}\s*$/

function header (text: string, what: string): Header {
  const found = HEADER.exec(text)
  if (!found) throw conversionError(`${what} has a header that is not supported: ${text.trim().slice(0, 80)}.`)
  const [, descr = '', fortran, shape = ''] = found
  return { descr, fortran: fortran === 'True', shape: shape.split(',').filter((size) => size.trim() !== '').map((size) => parseInt(size, 10)) }
}

/** @throws {Error} ConversionError for elements that are no numbers; `=`, the byte order of who wrote it, is taken for little-endian. */
export function elementType (descr: string, what: string): { readonly type: StoredType, readonly littleEndian: boolean } {
  const name = descr.replace(/^[<>|=]/, '')
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (!type) throw conversionError(`${what} has elements of type ${descr}, which is not supported; supported are ${Object.keys(TYPES).join(', ')}.`)
  return { type, littleEndian: !descr.startsWith('>') }
}

/** The numbers of an array as NumPy lays them out; a view of `bytes` where it can be. */
export const array = (bytes: Uint8Array, type: StoredType, littleEndian: boolean, { shape, fortran }: Pick<Header, 'shape' | 'fortran'>, what: string): Tensor =>
  tensorOver({ type, littleEndian, bytes }, { dims: shape, strides: fortran ? 'Fortran' : 'C' }, what)
