import { conversionError } from '../../conversion-error.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { cursorOver } from '../cursor.ts'
import { readPickle } from '../pickle/read-pickle.ts'
import { describe, isKind, type Value } from '../pickle/value.ts'
import { splitNpy } from './npy.ts'
import { GLOBALS, objects, toTensor } from './objects.ts'

/** Tensors in one entry of the dictionary: a list, or by name. */
export type Group = { readonly list: readonly Tensor[] } | { readonly names: ReadonlyMap<string, Tensor> }

/**
 * Reads a `.npy` file that holds one dictionary of lists or dictionaries of arrays, pickled by `numpy.save`: the form of MTCNN's weights,
 * `{'pnet': [array, …], …}` and `{'conv1': {'weights': array, …}, …}`. Nothing in the pickle is executed.
 * @throws {Error} ConversionError when the file is damaged, holds something else, or names a class or function that is not allowed.
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
