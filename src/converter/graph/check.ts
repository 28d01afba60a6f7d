import { conversionError } from '../conversion-error.ts'
import { type Graph, label, numberOf, type Node } from './graph.ts'
import { shapeText, type Tensor } from './tensor.ts'

/**
 * Returns `graph`, or throws when it cannot run: it has no outputs; a value is defined twice, read before it is defined (as in a cycle)
 * or never defined; or weights have shapes that contradict their node.
 * @throws {Error} ConversionError naming the node and the problem.
 */
export function check (graph: Graph): Graph {
  const known = new Set(graph.initializers.keys())
  const inputs = new Set(graph.inputs.map(({ name }) => name))
  if (inputs.size < graph.inputs.length) throw conversionError(`Two inputs have one name: ${graph.inputs.map(({ name }) => name).join(', ')}.`)
  // Files of IR version 3 list their constants among the inputs.
  for (const name of inputs) known.add(name)
  for (const node of graph.nodes) {
    const missing = node.inputs.find((name) => name !== '' && !known.has(name))
    if (missing !== undefined) throw conversionError(`${label(node)} reads ${missing}, which nothing makes before it.`)
    for (const name of node.outputs) {
      if (name !== '' && known.has(name)) throw conversionError(`${label(node)} makes ${name}, which is there already.`)
      known.add(name)
    }
    const complaint = node.domain === '' ? CHECKS.get(node.op)?.(node, (i) => graph.initializers.get(node.inputs[i] ?? '')) : undefined
    if (complaint !== undefined) throw conversionError(`${label(node)}: ${complaint}`)
  }
  if (graph.outputs.length === 0) throw conversionError('The graph has no outputs.')
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw conversionError(`The output ${name} is made by no node.`)
  }
  return graph
}

type Check = (node: Node, constant: (input: number) => Tensor | undefined) => string | undefined

const CHECKS: ReadonlyMap<string, Check> = new Map(Object.entries<Check>({
  Conv (node, constant) {
    const [weights, bias] = [constant(1), constant(2)]
    if (!weights) return
    const [out = 0] = weights.dims
    const group = numberOf(node, 'group', 1)
    if (weights.dims.length < 3) return `weights of shape ${shapeText(weights.dims)} are no kernels.`
    if (group < 1 || out % group !== 0) return `${out} kernels cannot be shared by ${group} groups.`
    if (bias && shapeText(bias.dims) !== shapeText([out])) return `${out} kernels need as many biases; there are ${shapeText(bias.dims)}.`
  },
  Gemm (node, constant) {
    const [weights, bias] = [constant(1), constant(2)]
    if (!weights) return
    if (weights.dims.length !== 2) return `weights of shape ${shapeText(weights.dims)} are no matrix.`
    const out = weights.dims[numberOf(node, 'transB', 0) ? 0 : 1]!
    if (bias && ![1, out].includes(bias.dims.at(-1) ?? 1)) return `${out} columns need as many biases; there are ${shapeText(bias.dims)}.`
  },
  BatchNormalization (_, constant) {
    const shapes = [1, 2, 3, 4].map((i) => constant(i)?.dims)
    const [first] = shapes
    const odd = shapes.find((dims) => dims && first && shapeText(dims) !== shapeText(first))
    if (odd) return `its parameters have the shapes ${shapeText(first!)} and ${shapeText(odd)}.`
  }
}))
