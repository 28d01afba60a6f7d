import { InferenceSession } from 'onnxruntime-node'
import { encode } from '../src/converter/graph/encode-model.ts'
import { freshNames } from '../src/converter/graph/graph-queries.ts'
import { ints, node as makeNode, type Graph, type Node } from '../src/converter/graph/graph.ts'

/** Operations whose result does not depend on the order of the axes. */
const ANY_ORDER = new Set([
  'Relu', 'LeakyRelu', 'Sigmoid', 'Tanh', 'Exp', 'Log', 'Sqrt', 'Neg', 'Abs', 'Reciprocal', 'Softplus', 'HardSwish', 'HardSigmoid', 'Clip',
  'Identity', 'Dropout'
])
const ELEMENT_WISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow'])

/**
 * Rewrites a graph as a converter would write it that keeps the axis order of Keras and TensorFlow: values of rank 4 between two nodes
 * are [n, h, w, c], with a Transpose before and after each operation that ONNX defines for [n, c, h, w] only. Inputs and outputs keep
 * their order.
 */
export async function channelsLast (graph: Graph): Promise<Graph> {
  const ranks = await ranksOf(graph)
  const fresh = freshNames(graph)
  const results = new Set(graph.outputs.map(({ name }) => name))
  /** Values that nodes read in place of an output of the graph: the same value with its channels last. */
  const transposed = new Map<string, string>()
  const isPicture = (name: string): boolean => !graph.initializers.has(name) && ranks.get(name) === 4

  const nodes = graph.nodes.flatMap((node): Node[] => {
    const inputs = node.inputs.map((name) => transposed.get(name) ?? name)
    const isFree = !node.outputs.some((name) => results.has(name)) && takesAnyOrder(node)
    if (isFree || ![...node.inputs, ...node.outputs].some(isPicture)) return [{ ...node, inputs }]
    const before: Node[] = []
    const after: Node[] = []
    const given = inputs.map((name, i) => {
      if (!isPicture(node.inputs[i]!)) return name
      const first = fresh(`${name}_nchw`)
      before.push(makeNode('Transpose', [name], [first], { perm: ints([0, 3, 1, 2]) }))
      return first
    })
    const outputs = node.outputs.map((name) => {
      if (!isPicture(name)) return name
      const [first, last] = results.has(name) ? [name, fresh(`${name}_nhwc`)] : [fresh(`${name}_nchw`), name]
      if (results.has(name)) transposed.set(name, last)
      after.push(makeNode('Transpose', [first], [last], { perm: ints([0, 2, 3, 1]) }))
      return first
    })
    return [...before, { ...node, inputs: given, outputs }, ...after]
  })
  return { ...graph, nodes }

  function takesAnyOrder ({ op, inputs }: Node): boolean {
    const isScalar = (name: string): boolean => graph.initializers.get(name)?.dims.every((dim) => dim === 1) ?? false
    return ANY_ORDER.has(op) || (ELEMENT_WISE.has(op) && inputs.every((name) => isPicture(name) || isScalar(name)))
  }
}

/** Number of dimensions of each float value, as ONNX Runtime infers it. Pixels are left out, and shapes with what is computed from them. */
async function ranksOf (graph: Graph): Promise<Map<string, number>> {
  const types = [
    ...graph.inputs.map(({ name, type }) => [name, type] as const),
    ...[...graph.initializers].map(([name, { type }]) => [name, type] as const)
  ]
  const whole = new Set(types.filter(([, type]) => type !== 'float32').map(([name]) => name))
  for (const { op, inputs, outputs } of graph.nodes) {
    if (op === 'Shape' || (op !== 'Cast' && whole.has(inputs[0] ?? ''))) for (const name of outputs) whole.add(name)
  }
  const outputs = graph.nodes.flatMap(({ outputs }) => outputs)
    .filter((name) => name !== '' && !whole.has(name))
    .map((name) => ({ name, type: 'float32' as const, dims: undefined }))
  const session = await InferenceSession.create(encode({ ...graph, outputs }), { graphOptimizationLevel: 'disabled', logSeverityLevel: 3 })
  try {
    return new Map(session.outputMetadata.flatMap((value) => value.isTensor ? [[value.name, value.shape.length]] : []))
  } finally {
    await session.release()
  }
}
