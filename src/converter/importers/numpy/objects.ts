import { conversionError } from '../../conversion-error.ts'
import { elements, shapeText, type Tensor } from '../../graph/tensor.ts'
import { type Call, describe, isCall, items, sizes, text, type Value } from '../pickle/value.ts'
import { sizeOf } from '../stored.ts'
import { array, elementType } from './npy.ts'

/** What a pickle of arrays may name, under NumPy 1 (`numpy.core`) and 2 (`numpy._core`); Python 3 puts bytes into protocol 2 by `encode`. */
export const GLOBALS: ReadonlySet<string> = new Set([
  'numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype', '_codecs.encode'
])

const isArray = (value: Value | undefined): value is Call =>
  isCall(value, 'numpy.core.multiarray._reconstruct') || isCall(value, 'numpy._core.multiarray._reconstruct')

/** What an array was given after it was made: `(version, shape, dtype, is it Fortran's order, data)`. */
function stateOf (value: Value, what: string): readonly Value[] {
  if (!isArray(value)) throw conversionError(`${what} should be an array, and is ${describe(value)}.`)
  const state = items(value.state, `The state of ${what}`)
  if (state.length !== 5) throw conversionError(`${what} is damaged: its state has ${state.length} parts, not 5.`)
  return state
}

/** The tensor of a pickled array; a view of the pickle's bytes where it can be. @throws {Error} ConversionError when it is no array of numbers. */
export function toTensor (value: Value, what: string): Tensor {
  const [, shape, dtype, fortran, data] = stateOf(value, what)
  const { type, littleEndian } = elementType(descrOf(dtype, what), what)
  const dims = sizes(shape, `The shape of ${what}`)
  const bytes = bytesOf(data, what)
  if (bytes.length !== elements(dims) * sizeOf(type)) throw conversionError(`${what} of shape ${shapeText(dims)} needs ${elements(dims) * sizeOf(type)} bytes; it has ${bytes.length}.`)
  return array(bytes, type, littleEndian, { shape: dims, fortran: fortran === true }, what)
}

/** The elements of a pickled array of objects. @throws {Error} ConversionError when it is none. */
export function objects (value: Value, what: string): readonly Value[] {
  const [, , dtype, , data] = stateOf(value, what)
  const descr = descrOf(dtype, what)
  if (!/^\|?O/.test(descr)) throw conversionError(`${what} should be an array of objects, and is one of ${descr}.`)
  return items(data, `The elements of ${what}`)
}

/** `<f4`: what `dtype('f4')` was made of, and the byte order it was given afterwards. */
export function descrOf (dtype: Value | undefined, what: string): string {
  if (!isCall(dtype, 'numpy.dtype')) throw conversionError(`The element type of ${what} should be a dtype, and is ${describe(dtype)}.`)
  const order = items(dtype.state, `The element type of ${what}`)[1]
  return `${text(order, 'A byte order')}${text(dtype.args[0], 'An element type')}`
}

/** The bytes of an array: as they are, as a text of Python 2, or as one that Python 3 wrote for Python 2. A character is a byte there. */
function bytesOf (value: Value | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  const characters = isCall(value, '_codecs.encode') && value.args[1] === 'latin1' ? value.args[0] : value
  if (typeof characters !== 'string') throw conversionError(`The data of ${what} should be bytes, and is ${describe(value)}.`)
  return new Uint8Array(Buffer.from(characters, 'latin1'))
}
