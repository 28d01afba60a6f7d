import { conversionError } from '../conversion-error.ts'
import { elements, reshaped, type Tensor, transposed } from '../graph/tensor.ts'
import type { Group } from '../importers/numpy/nested.ts'
import { MTCNN, type MtcnnName, type MtcnnNet } from './mtcnn-nets.ts'
import { namedWeights } from './named-weights.ts'

/**
 * Weights of one of MTCNN's networks in PyTorch's axis order, whatever the order in the file. Layers are `conv1`, `prelu1`, …, `dense`
 * and one named after each output; their parts are `weight`, `bias` and `slope`. Every method throws a ConversionError when the weights
 * are missing or of another shape.
 */
export interface MtcnnWeights {
  /** [out, in, h, w]. */
  readonly kernel: (name: string, dims: readonly number[]) => Tensor
  /** [out, in]. */
  readonly matrix: (name: string, dims: readonly number[]) => Tensor
  readonly vector: (name: string, length: number) => Tensor
  /** Throws when weights are left over. */
  readonly end: () => void
}

/** Positions in a file's axis order of the axes in PyTorch's order. */
interface Axes {
  readonly kernel: readonly [out: number, input: number, height: number, width: number]
  readonly matrix: readonly [out: number, input: number]
}

const PYTORCH: Axes = { kernel: [0, 1, 2, 3], matrix: [0, 1] }
/** [h, w, in, out] and [in, out]. */
const KERAS: Axes = { kernel: [3, 2, 0, 1], matrix: [1, 0] }
/** The same for networks that take transposed pictures, x before y: [w, h, in, out]. */
const KERAS_TRANSPOSED: Axes = { kernel: [3, 2, 1, 0], matrix: [1, 0] }

function weightsOf (tensors: ReadonlyMap<string, Tensor>, axes: Axes): MtcnnWeights {
  const weights = namedWeights(tensors)
  const take = (name: string, dims: readonly number[], perm: readonly number[]): Tensor => {
    const own = dims.map((_, axis) => dims[perm.indexOf(axis)]!)
    const tensor = weights.take(name, own)
    return perm.every((axis, i) => axis === i) ? tensor : transposed(tensor, perm)
  }
  return {
    kernel: (name, dims) => take(name, dims, axes.kernel),
    matrix: (name, dims) => take(name, dims, axes.matrix),
    vector: (name, length) => weights.take(name, [length]),
    end: weights.end
  }
}

/** Reads facenet-pytorch's `pnet.pt`, `rnet.pt` and `onet.pt`, as returned by `readStateDict`. */
export const fromFacenetPytorch = (tensors: ReadonlyMap<string, Tensor>, name: MtcnnName): MtcnnWeights =>
  weightsOf(renamed(tensors, name, (layer, index) => ({ weight: `${layer.replace('-', '_')}.weight`, bias: `${layer.replace('-', '_')}.bias`, slope: `prelu${index}.weight` }), 'dense'), PYTORCH)

/** Reads facenet's `det1.npy` to `det3.npy` (David Sandberg): a dictionary of the parts of each layer, for transposed pictures. */
export const fromFacenet = (layers: ReadonlyMap<string, Group>, name: MtcnnName): MtcnnWeights =>
  weightsOf(renamed(byName(layers), name, (layer, index) => ({ weight: `${layer}/weights`, bias: `${layer}/biases`, slope: `${name === 'PNet' ? 'PReLU' : 'prelu'}${index}/alpha` }), 'conv'), KERAS_TRANSPOSED)

/**
 * Reads mtcnn 1.0.0's `pnet.lz4`, `rnet.lz4` and `onet.lz4`: a list in Keras's order, whose last layers are regression, landmarks,
 * probability.
 */
export const fromMtcnn1 = (tensors: readonly Tensor[], name: MtcnnName): MtcnnWeights =>
  weightsOf(named(tensors, name, ['regression', 'landmarks', 'probability']), KERAS)

/** Reads mtcnn 0.1.1's `mtcnn_weights.npy`: a list for each network, all of which take transposed pictures. */
export function fromMtcnn0 (lists: ReadonlyMap<string, Group>, name: MtcnnName): MtcnnWeights {
  const group = lists.get(name.toLowerCase())
  if (!group || !('list' in group)) throw conversionError(`The file has no list ${name.toLowerCase()}; it has ${[...lists.keys()].join(', ')}.`)
  return weightsOf(named(group.list, name, ['probability', 'regression', 'landmarks']), KERAS_TRANSPOSED)
}

/** Flattens a dictionary of dictionaries to tensors named `layer/part`. */
const byName = (layers: ReadonlyMap<string, Group>): Map<string, Tensor> =>
  new Map([...layers].flatMap(([layer, group]) => 'names' in group ? [...group.names].map(([part, tensor]): [string, Tensor] => [`${layer}/${part}`, tensor]) : []))

type Part = 'weight' | 'bias' | 'slope'

/**
 * Renames the file's tensors to our layers. In the file, heads have the number of their layer and one of their own: conv6-1, conv6-2,
 * conv6-3.
 */
function renamed (
  tensors: ReadonlyMap<string, Tensor>,
  name: MtcnnName,
  nameOf: (layer: string, index: number) => Readonly<Record<Part, string>>,
  dense: string
): Map<string, Tensor> {
  const { convs, dense: values, heads }: MtcnnNet = MTCNN[name]
  const last = convs.length + 1
  const names = new Map<string, string>()
  const add = (layer: string, file: string, index: number, parts: readonly Part[]): void => {
    const found = nameOf(file, index)
    for (const part of parts) names.set(found[part], `${part === 'slope' ? `prelu${index}` : layer}.${part}`)
  }
  convs.forEach((_, i) => add(`conv${i + 1}`, `conv${i + 1}`, i + 1, ['weight', 'bias', 'slope']))
  if (values !== undefined) add('dense', `${dense}${last}`, last, ['weight', 'bias', 'slope'])
  Object.keys(heads).forEach((head, i) => add(head, values === undefined ? `conv${last}-${i + 1}` : `${dense}${last + 1}-${i + 1}`, 0, ['weight', 'bias']))
  return new Map([...tensors].map(([file, tensor]) => [names.get(file) ?? file, tensor]))
}

/** Names the tensors of a list: weight, bias and slope of each layer, then weight and bias of each head. */
function named (tensors: readonly Tensor[], name: MtcnnName, order: readonly string[]): Map<string, Tensor> {
  const { convs, dense, heads }: MtcnnNet = MTCNN[name]
  const hidden = [...convs.map((_, i) => `conv${i + 1}`), ...(dense === undefined ? [] : ['dense'])]
  const names = [
    ...hidden.flatMap((layer, i) => [`${layer}.weight`, `${layer}.bias`, `prelu${i + 1}.slope`]),
    ...order.filter((head) => head in heads).flatMap((head) => [`${head}.weight`, `${head}.bias`])
  ]
  if (names.length !== tensors.length) throw conversionError(`${name} has ${names.length} tensors; the file has ${tensors.length}.`)
  return new Map(tensors.map((tensor, i) => {
    const own = names[i]!
    // Keras shares a slope between all positions of a map: [1, 1, c].
    return [own, own.endsWith('.slope') ? reshaped(tensor, [elements(tensor.dims)]) : tensor]
  }))
}
