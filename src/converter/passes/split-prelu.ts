import { adderTo, freshNames, graphQueries, type GraphQueries } from '../graph/graph-queries.ts'
import { int, ints, node as makeNode, type Graph, type Node, type Pass } from '../graph/graph.ts'
import { floats, lazy, reshaped } from '../graph/tensor.ts'

/** Slopes closer to zero are replaced by this one: an error of a millionth of the value, like the rounding of a float32 sum. */
const LEAST_SLOPE = 1e-6

/**
 * Number of channels below which PRelu is kept. ONNX Runtime's convolutions are fast in blocks of 16 channels (8 without AVX-512), and
 * for few channels its loop takes less time than three operations: MTCNN's first network, which starts with 10 channels, takes 35 ms for
 * 640 × 640 pixels instead of 39.
 */
const LEAST_CHANNELS = 16

/**
 * Rewrites PRelu as depthwise 1×1 convolutions: ONNX Runtime's PRelu for CPUs is a plain loop, while its convolutions are vectorised and
 * fuse the addition. PRelu(x) = a·x + (1 − a)·relu(x) takes two of them. When a convolution follows, a·(x + (1 − a)/a·relu(x)) takes one,
 * and a multiplication that `absorbAffine` folds into the weights of that convolution. (max(x, a·x) would be wrong: some slopes exceed
 * 1.)
 *
 * For pictures with one slope for each channel only: the slope then has three axes, [c, 1, 1].
 */
export const splitPrelu: Pass = (graph) => {
  const queries = graphQueries(graph)
  const fresh = freshNames(graph)
  const initializers = new Map(graph.initializers)
  const add = adderTo(initializers, fresh)
  const convolved = readByConvolutions(graph, queries)
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const [x = '', slopeName = ''] = node.inputs
    const [output = ''] = node.outputs
    const slope = queries.constant(slopeName)
    const channels = slope?.dims.at(-3)
    const isPerChannel = channels !== undefined && slope?.type === 'float32' &&
      slope.dims.every((dim, axis) => dim === 1 || axis === slope.dims.length - 3)
    if (node.op !== 'PRelu' || node.domain !== '' || !slope || !isPerChannel || channels < LEAST_CHANNELS) return [node]
    const relu = fresh(`${output}_relu`)
    const above = fresh(`${output}_above`)
    const dims = [channels, 1, 1, 1]
    const scale = { kernel_shape: ints([1, 1]), group: int(channels) }
    const scaled = (hint: string, ratio: (a: number) => number): Node[] => [
      makeNode('Relu', [x], [relu]),
      makeNode('Conv', [relu, add(hint, lazy(dims, () => floats(slope).map(ratio)))], [above], scale)
    ]
    if (queries.uses(output) === 1 && convolved.has(output)) {
      const sum = fresh(`${output}_sum`)
      const factor = add(`${slopeName}_factor`, lazy([channels, 1, 1], () => floats(slope).map(awayFromZero)))
      return [
        ...scaled(`${slopeName}_ratio`, (a) => (1 - awayFromZero(a)) / awayFromZero(a)),
        makeNode('Add', [above, x], [sum]),
        makeNode('Mul', [sum, factor], [output])
      ]
    }
    const below = fresh(`${output}_below`)
    return [
      makeNode('Conv', [x, add(`${slopeName}_a`, reshaped(slope, dims))], [below], scale),
      ...scaled(`${slopeName}_b`, (a) => 1 - a),
      makeNode('Add', [above, below], [output])
    ]
  })
  return { ...graph, nodes, initializers }
}

const awayFromZero = (slope: number): number => Math.abs(slope) < LEAST_SLOPE ? LEAST_SLOPE : slope

/** Values that convolutions with constant weights read. */
const readByConvolutions = ({ nodes }: Graph, queries: GraphQueries): ReadonlySet<string> =>
  new Set(nodes.flatMap(({ op, domain, inputs: [input, weights] }) =>
    input && op === 'Conv' && domain === '' && queries.constant(weights)?.type === 'float32' ? [input] : []))
