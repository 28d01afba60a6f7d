import { conversionError } from '../../conversion-error.ts'
import { type Dataset, type Group, openHdf5 } from './hdf5/read-hdf5.ts'

/** An array of weights. */
export interface Weight extends Dataset {
  /** Name in the file, for messages. */
  readonly name: string
}

/** Weights of one layer, in the order in which Keras saves and loads them. */
export interface WeightGroup {
  readonly layer: string
  readonly weights: readonly Weight[]
}

/**
 * Reads the layers of a Keras HDF5 file that have weights, in load order: `layer_names` of the root, or of `model_weights` when a whole
 * model was saved, then `weight_names` of each layer's group. tf-keras 2.21, keras/saving/legacy/hdf5_format.py,
 * load_weights_from_hdf5_group and load_attributes_from_hdf5_group.
 * @throws {Error} ConversionError when the file is damaged, or is not from Keras 1 or 2.
 */
export function readWeights (bytes: Uint8Array): WeightGroup[] {
  const file = openHdf5(bytes)
  const root = listIn(file, 'layer_names') || !file.has('model_weights') ? file : file.group('model_weights')
  const layers = listIn(root, 'layer_names')
  if (!layers) {
    throw conversionError(file.has('layers') || file.has('_layer_checkpoint_dependencies')
      ? 'The file is in the format of Keras 3 (.weights.h5). Save the weights by tf-keras 2, as the model\'s authors did.'
      : 'The HDF5 file holds no Keras model: it has no layer_names.')
  }
  return layers.flatMap((layer) => {
    const group = root.group(layer)
    const names = listIn(group, 'weight_names')
    if (!names) throw conversionError(`The layer ${layer} of the Keras file has no weight_names.`)
    return names.length === 0 ? [] : [{ layer, weights: names.map((name) => ({ name, ...group.dataset(name) })) }]
  })
}

/** Reads a list of names. Keras splits a list that exceeds 64 kB into `name0`, `name1`, … */
function listIn (group: Group, name: string): string[] | undefined {
  const whole = group.texts(name)
  if (whole) return whole
  const pieces: string[][] = []
  for (;;) {
    const piece = group.texts(`${name}${pieces.length}`)
    if (!piece) return pieces.length > 0 ? pieces.flat() : undefined
    pieces.push(piece)
  }
}

/**
 * Splits the groups of nested models. Keras saves such a model as one group, with trainable weights first; the prefixes of the names
 * restore its layers: kernel and bias of `conv`, then the four arrays of `bn`, …
 */
export const splitNested = (groups: readonly WeightGroup[]): WeightGroup[] => groups.flatMap(({ layer, weights }) => {
  const prefixOf = ({ name }: Weight): string => name.slice(0, Math.max(0, name.lastIndexOf('/')))
  const prefixes = [...new Set(weights.map(prefixOf))]
  if (prefixes.length < 2) return [{ layer, weights }]
  return prefixes.map((prefix) => ({ layer: `${layer}/${prefix}`, weights: weights.filter((weight) => prefixOf(weight) === prefix) }))
})
