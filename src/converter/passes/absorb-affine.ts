import { affineBefore, type Affine, channel } from '../graph/channel-affine.ts'
import { channelsOf } from '../graph/channels.ts'
import { adderTo, freshNames, graphQueries } from '../graph/graph-queries.ts'
import { float, node as makeNode, numberOf, numbersOf, textOf, type Node, type Pass } from '../graph/graph.ts'
import { elements, floats, lazy, type Tensor } from '../graph/tensor.ts'

/**
 * Folds affine maps for each channel before a convolution (the scaling of the input, a BatchNormalization after the activation) into its
 * weights and bias: W ∗ (s·x + t) = (W·s) ∗ x + ΣW·t. Padding is zero after the affine step, so when the convolution pads and there is a
 * shift, the steps become one BatchNormalization, which ONNX Runtime runs in its own memory layout: Mul and Add take three times as long.
 */
export const absorbAffine: Pass = (graph) => {
  const queries = graphQueries(graph)
  const fresh = freshNames(graph)
  const initializers = new Map(graph.initializers)
  const add = adderTo(initializers, fresh)
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const weights = queries.constant(node.inputs[1])
    const bias = queries.constant(node.inputs[2])
    if (node.op !== 'Conv' || node.domain !== '' || weights?.type !== 'float32' || (node.inputs[2] && bias?.type !== 'float32')) return [node]
    const affine = affineBefore(node.inputs[0]!, weights.dims.length, queries)
    const channels = weights.dims[1]! * numberOf(node, 'group', 1)
    if (!affine || !fits(affine, channels)) return [node]

    const shifts = affine.shift.some((value) => value !== 0)
    if (!shifts || !pads(node)) {
      const scaledWeights = add(`${node.inputs[1]}_scaled`, scaled(weights, node, affine.scale))
      const third = shifts ? [add(`${node.name}_shift`, shiftedBias(weights, bias, node, affine.shift))] : node.inputs.slice(2)
      return [{ ...node, inputs: [affine.input, scaledWeights, ...third] }]
    }
    if (queries.maker(node.inputs[0]!)?.op === 'BatchNormalization' && affine.length === 1) return [node]
    const each = (hint: string, value: (c: number) => number): string =>
      add(`${node.name}_${hint}`, lazy([channels], () => Float32Array.from({ length: channels }, (_, c) => value(c))))
    const normalised = fresh(`${node.name}_normalised`)
    const parameters = [
      each('scale', (c) => channel(affine.scale, c)), each('shift', (c) => channel(affine.shift, c)), each('mean', () => 0), each('variance', () => 1)
    ]
    return [
      makeNode('BatchNormalization', [affine.input, ...parameters], [normalised], { epsilon: float(0) }),
      { ...node, inputs: [normalised, ...node.inputs.slice(1)] }
    ]
  })
  return { ...graph, nodes, initializers }

  /** True when scale and shift have one value for each channel of the input; false when broadcasting expands one channel to several. */
  function fits ({ input, scale, shift }: Affine, channels: number): boolean {
    const lengths = [scale.length, shift.length]
    return lengths.every((length) => length === 1) ||
      (lengths.every((length) => length === 1 || length === channels) && channelsOf(input, graph, queries) === channels)
  }
}

const pads = (node: Node): boolean =>
  textOf(node, 'auto_pad', 'NOTSET') !== 'NOTSET' || (numbersOf(node, 'pads') ?? []).some((pixels) => pixels !== 0)

/** Calls `visit` for each weight of a convolution with the output and the input channel that it connects. */
function eachWeight ({ dims }: Tensor, node: Node, visit: (i: number, out: number, channel: number) => void): void {
  const [out = 0, each = 0] = dims
  const taps = elements(dims.slice(2))
  const outPerGroup = out / numberOf(node, 'group', 1)
  for (let o = 0, i = 0; o < out; o++) {
    const first = Math.floor(o / outPerGroup) * each
    for (let c = 0; c < each; c++) {
      for (let tap = 0; tap < taps; tap++, i++) visit(i, o, first + c)
    }
  }
}

const scaled = (weights: Tensor, node: Node, scale: Float64Array): Tensor => lazy(weights.dims, () => {
  const from = floats(weights)
  const to = new Float32Array(from.length)
  eachWeight(weights, node, (i, _, c) => { to[i] = from[i]! * channel(scale, c) })
  return to
})

const shiftedBias = (weights: Tensor, bias: Tensor | undefined, node: Node, shift: Float64Array): Tensor => lazy([weights.dims[0]!], () => {
  const from = floats(weights)
  const sums = new Float64Array(weights.dims[0]!)
  if (bias) sums.set(floats(bias))
  eachWeight(weights, node, (i, out, c) => { sums[out]! += from[i]! * channel(shift, c) })
  return Float32Array.from(sums)
})
