import { conversionError } from '../../conversion-error.ts'
import { elements, shapeText, type Tensor } from '../../graph/tensor.ts'
import { type Call, describe, isCall, items, sizes, text, type Value } from '../pickle/value.ts'
import { sizeOf } from '../stored.ts'
import { array, elementType } from './npy.ts'

/**
 * Names that a pickle of arrays may use, of NumPy 1 (`numpy.core`) and 2 (`numpy._core`).
 * Python 3 writes bytes in protocol 2 with `encode`.
 */
export const GLOBALS: ReadonlySet<string> = new Set([
  'numpy.core.multiarray._reconstruct', 'numpy._core.multiarray._reconstruct', 'numpy.ndarray', 'numpy.dtype', '_codecs.encode'
])

const isArray = (value: Value | undefined): value is Call =>
  isCall(value, 'numpy.core.multiarray._reconstruct') || isCall(value, 'numpy._core.multiarray._reconstruct')

/** Returns the state set on an array after its creation: `(version, shape, dtype, whether in Fortran order, data)`. */
function stateOf (value: Value, what: string): readonly Value[] {
  if (!isArray(value)) throw conversionError(`${what} should be an array, and is ${describe(value)}.`)
  const state = items(value.state, `The state of ${what}`)
  if (state.length !== 5) throw conversionError(`${what} is damaged: its state has ${state.length} parts, not 5.`)
  return state
}

/**
 * Converts a pickled array to a tensor, a view of the pickle's bytes if possible.
 * @throws {Error} ConversionError when it is not an array of numbers.
 */
export function toTensor (value: Value, what: string): Tensor {
  const [, shape, dtype, fortran, data] = stateOf(value, what)
  const { type, littleEndian } = elementType(descrOf(dtype, what), what)
  const dims = sizes(shape, `The shape of ${what}`)
  const bytes = bytesOf(data, what)
  if (bytes.length !== elements(dims) * sizeOf(type)) throw conversionError(`${what} of shape ${shapeText(dims)} needs ${elements(dims) * sizeOf(type)} bytes; it has ${bytes.length}.`)
  return array(bytes, type, littleEndian, { shape: dims, fortran: fortran === true }, what)
}

/** Returns the elements of a pickled array of objects. @throws {Error} ConversionError when it is not one. */
export function objects (value: Value, what: string): readonly Value[] {
  const [, , dtype, , data] = stateOf(value, what)
  const descr = descrOf(dtype, what)
  if (!/^\|?O/.test(descr)) throw conversionError(`${what} should be an array of objects, and is one of ${descr}.`)
  return items(data, `The elements of ${what}`)
}

/** Returns a type description such as `<f4`: the byte order that was set on the dtype, followed by the argument of its `dtype('f4')`. */
export function descrOf (dtype: Value | undefined, what: string): string {
  if (!isCall(dtype, 'numpy.dtype')) throw conversionError(`The element type of ${what} should be a dtype, and is ${describe(dtype)}.`)
  const order = items(dtype.state, `The element type of ${what}`)[1]
  return `${text(order, 'A byte order')}${text(dtype.args[0], 'An element type')}`
}

/**
 * Returns the bytes of an array, stored as bytes, as a Python 2 text, or as a text that Python 3 wrote for Python 2.
 * Each character of a text is one byte.
 */
function bytesOf (value: Value | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value
  const characters = isCall(value, '_codecs.encode') && value.args[1] === 'latin1' ? value.args[0] : value
  if (typeof characters !== 'string') throw conversionError(`The data of ${what} should be bytes, and is ${describe(value)}.`)
  return new Uint8Array(Buffer.from(characters, 'latin1'))
}
