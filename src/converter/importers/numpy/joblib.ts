import { conversionError } from '../../conversion-error.ts'
import { elements, type Tensor } from '../../graph/tensor.ts'
import { type Cursor, cursorOver } from '../cursor.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import { type Call, describe, isKind, items, sizes, type Value } from '../pickle/value.ts'
import { sizeOf } from '../stored.ts'
import { isLz4, readLz4 } from './lz4.ts'
import { array, elementType } from './npy.ts'
import { descrOf } from './objects.ts'

/** Placeholder of an array in the pickle; the array's numbers follow it: joblib 1.4 `numpy_pickle.py`. */
const WRAPPER = 'joblib.numpy_pickle.NumpyArrayWrapper'

const GLOBALS: ReadonlySet<string> = new Set([WRAPPER, 'numpy.ndarray', 'numpy.dtype'])

/**
 * Reads the list of arrays that `joblib.dump` wrote, with or without LZ4 compression.
 * @throws {Error} ConversionError when the file is damaged, or holds something other than a list of arrays.
 */
export function readJoblib (bytes: Uint8Array): Tensor[] {
  const cursor = cursorOver(isLz4(bytes) ? readLz4(bytes) : bytes, 'The joblib file')
  const arrays = new Map<Value, Tensor>()
  const value = readPickle(cursor, {
    globals: GLOBALS,
    afterBuild (object) {
      if (object.callee === WRAPPER) arrays.set(object, numbers(cursor, object))
      return object
    }
  })
  return items(value, 'The content of the joblib file').map((item, i) => {
    const tensor = arrays.get(item)
    if (!tensor) throw conversionError(`Element ${i} of the joblib file should be an array, and is ${describe(item)}.`)
    return tensor
  })
}

/** Reads the numbers at the cursor. A length byte and padding may precede them, which align them for use in place. */
function numbers (cursor: Cursor, { state }: Call): Tensor {
  const what = 'An array of the joblib file'
  if (!isKind(state, 'dict')) throw conversionError(`${what} is described by ${describe(state)}; a dictionary was expected.`)
  const dims = sizes(state.entries.get('shape'), `The shape of ${what}`)
  const { type, littleEndian } = elementType(descrOf(state.entries.get('dtype'), what), what)
  if (typeof state.entries.get('numpy_array_alignment_bytes') === 'number') cursor.take(cursor.u8())
  return array(cursor.take(elements(dims) * sizeOf(type)), type, littleEndian, { shape: dims, fortran: state.entries.get('order') === 'F' }, what)
}
