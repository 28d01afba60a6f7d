import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { cursorOver } from '../cursor.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import { describe, isKind, type Value } from '../pickle/value.ts'
import { splitNpy } from './npy.ts'
import { GLOBALS, objects, toTensor } from './objects.ts'

/** Tensors as a dictionary in a `.npy` file has them: a list, or by name. */
export type Group = { readonly list: readonly Tensor[] } | { readonly names: ReadonlyMap<string, Tensor> }

/**
 * The groups of a `.npy` file that holds one dictionary of lists or of dictionaries of arrays, as `numpy.save` pickles it: the
 * form of MTCNN's weights, `{'pnet': [array, …], …}` and `{'conv1': {'weights': array, …}, …}`. Nothing of the pickle is executed.
 * @throws {Error} ConversionError when it is damaged, holds something else, or names what is not allowed.
 */
export function readNestedNpy (bytes: Uint8Array): Map<string, Group> {
  const { header, data } = splitNpy(bytes, 'The .npy file')
  if (header.descr !== '|O' || header.shape.length > 0) throw conversionError(`The .npy file should hold one dictionary, and holds ${header.descr} of ${header.shape.length} axes.`)
  const cursor = cursorOver(data, 'The .npy file')
  const [dictionary] = objects(readPickle(cursor, { globals: GLOBALS }), 'The .npy file')
  if (cursor.left() > 0) throw conversionError(`The .npy file has ${cursor.left()} bytes after its end.`)
  if (!isKind(dictionary, 'dict')) throw conversionError(`The .npy file should hold a dictionary, and holds ${describe(dictionary)}.`)
  return new Map([...dictionary.entries].map(([key, value]) => [String(key), group(value, String(key))]))
}

function group (value: Value, name: string): Group {
  if (isKind(value, 'list')) return { list: value.items.map((item, i) => toTensor(item, `Array ${i} of ${name}`)) }
  if (isKind(value, 'dict')) return { names: new Map([...value.entries].map(([key, item]) => [String(key), toTensor(item, `${name}/${key}`)])) }
  throw conversionError(`${name} of the .npy file should be a list or a dictionary, and is ${describe(value)}.`)
}
