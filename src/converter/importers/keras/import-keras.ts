import { conversionError } from '../../conversion-error.ts'
import { createBuilder } from '../../graph/builder.ts'
import type { Graph } from '../../graph/graph.ts'
import { shapeText, type Tensor } from '../../graph/tensor.ts'
import { prune } from '../../passes/prune.ts'
import { readWeights, splitNested, type WeightGroup } from './keras-weights.ts'
import type { Layer, Role, Value } from './layers/layer.ts'
import { settled } from './layers/layer.ts'
import { loadOrder, namesOf } from './load-order.ts'

/** An architecture whose weights were saved by Keras. */
export interface Network {
  readonly name: string
  /** Outputs of the graph, by name. */
  readonly outputs: Readonly<Record<string, Layer>>
  /** Outputs of the model whose weights were saved, when they differ: for example a head that we do not use. */
  readonly saved?: readonly Layer[]
}

/**
 * Builds the graph of `network` with the weights of a Keras HDF5 file (`save_weights` or `model.save` of Keras 1 or 2). Weights are
 * assigned to layers by order, as Keras does; names may differ, shapes may not. The graph has one input, `input`, float32 [n, c, h, w]. Its
 * weights are views of `bytes`, which must not change.
 * @throws {Error} ConversionError when the file is not from Keras, or belongs to another network: the message names the layer, what was
 * expected and what was found.
 * @example
 * importKeras(bytes, { name: 'tiny', outputs: { scores: dense(flatten(conv2d(input(48, 48, 1), 64, 5)), 7) } })
 */
export function importKeras (bytes: Uint8Array, { name, outputs, saved }: Network): Graph {
  const inFile = loadOrder(saved ?? Object.values(outputs))
  const layers = [...new Set([...inFile, ...loadOrder(Object.values(outputs))])]
  const names = namesOf(layers)
  const weights = assign(inFile, names, readWeights(bytes))
  const builder = createBuilder()
  const values = new Map<Layer, Value>()
  for (const layer of layers) {
    const inputs = layer.inputs.map((input) => values.get(input)!)
    values.set(layer, layer.emit({ builder, name: names.get(layer)!, inputs, weight: (role, dims) => weights.get(layer)!(role, dims) }))
  }
  const refs = Object.entries(outputs).map(([output, layer]) => [output, settled({ builder, name: output }, values.get(layer)!)] as const)
  return prune(builder.build(name, Object.fromEntries(refs)))
}

type Weights = (role: Role, dims: readonly number[]) => Tensor

/** Assigns to each layer that has weights its group of the file. */
function assign (layers: readonly Layer[], names: ReadonlyMap<Layer, string>, groups: readonly WeightGroup[]): Map<Layer, Weights> {
  const due = layers.filter(({ roles }) => roles.length > 0)
  const fits = (found: readonly WeightGroup[]): boolean =>
    found.length === due.length && found.every(({ weights }, i) => weights.length === due[i]!.roles.length)
  const split = splitNested(groups)
  const found = !fits(groups) && fits(split) ? split : groups
  const odd = due.findIndex(({ roles }, i) => found[i] && found[i].weights.length !== roles.length)
  if (odd >= 0) {
    const { layer, weights } = found[odd]!
    throw conversionError(`${names.get(due[odd]!)} needs ${listText(due[odd]!.roles)}; layer ${layer} of the file has ${listText(weights.map(({ name, dims }) => `${name} ${shapeText(dims)}`))}.`)
  }
  if (found.length < due.length) throw conversionError(`The file ends before ${names.get(due[found.length]!)}: the network has ${due.length} layers with weights, the file ${found.length}.`)
  if (found.length > due.length) throw conversionError(`The file has the layer ${found[due.length]!.layer} too many: the network has ${due.length} layers with weights, the file ${found.length}.`)
  return new Map(due.map((layer, i) => [layer, weightsOf(layer, names.get(layer)!, found[i]!)]))
}

const weightsOf = ({ roles }: Layer, name: string, group: WeightGroup): Weights => (role, expected) => {
  const weight = group.weights[roles.indexOf(role)]
  if (!weight) throw conversionError(`${name} has no ${role}.`)
  const { dims, bytes } = weight
  if (shapeText(dims) !== shapeText(expected)) {
    throw conversionError(`The ${role} of ${name} should have the shape ${shapeText(expected)}; ${weight.name} in layer ${group.layer} of the file has ${shapeText(dims)}.`)
  }
  return { type: 'float32', dims, bytes }
}

const listText = (items: readonly string[]): string => `${items.length} (${items.join(', ')})`
