import { int, ints, node as makeNode, type Node, type Pass } from '../graph/graph.ts'
import { freshNames, lookAt } from '../graph/look.ts'
import { floats, lazy, reshaped } from '../graph/tensor.ts'

/**
 * PRelu(x) = a·x + (1 − a)·relu(x), both products as depthwise 1×1 convolutions: ONNX Runtime's PRelu for CPUs is a plain loop,
 * its convolutions are vectorised and take the addition in. SFace goes from 35 to 15 ms a face. (max(x, a·x) would be wrong: some
 * slopes exceed 1.)
 *
 * For pictures with one slope a channel only: the slope has three axes then, [c, 1, 1].
 */
export const splitPrelu: Pass = (graph) => {
  const look = lookAt(graph)
  const fresh = freshNames(graph)
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [x = '', slopeName = ''] = node.inputs
    const [output = ''] = node.outputs
    const slope = look.constant(slopeName)
    const channels = slope?.dims.at(-3)
    const isPerChannel = channels !== undefined && slope?.type === 'float32' && slope.dims.every((dim, axis) => dim === 1 || axis === slope.dims.length - 3)
    if (node.op !== 'PRelu' || node.domain !== '' || !slope || !isPerChannel || channels === 1) return [node]
    const names = { below: fresh(`${output}_below`), relu: fresh(`${output}_relu`), above: fresh(`${output}_above`), a: fresh(`${slopeName}_a`), b: fresh(`${slopeName}_b`) }
    const dims = [channels, 1, 1, 1]
    initializers.set(names.a, reshaped(slope, dims))
    initializers.set(names.b, lazy(dims, () => floats(slope).map((a) => 1 - a)))
    const scale = { kernel_shape: ints([1, 1]), group: int(channels) }
    return [
      makeNode('Conv', [x, names.a], [names.below], scale),
      makeNode('Relu', [x], [names.relu]),
      makeNode('Conv', [names.relu, names.b], [names.above], scale),
      makeNode('Add', [names.above, names.below], [output])
    ]
  })
  return { ...graph, nodes, initializers }
}
