import { adderTo, freshNames, type GraphQueries, graphQueries, singleValue } from '../graph/graph-queries.ts'
import { node as makeNode, type Node, type Pass } from '../graph/graph.ts'
import { scalar } from '../graph/tensor.ts'

/** First operator set in which the bounds of Clip are inputs. */
const BOUNDS_AS_INPUTS = 11

interface Range { readonly input: string, readonly min: number, readonly max: number }

/**
 * Merges the bounds on a value into one Clip or Relu: some exporters write relu6 as Relu, Minimum, Maximum. ONNX Runtime fuses a Clip or
 * a Relu into the convolution before it, and nothing else.
 */
export const mergeClips: Pass = (graph) => {
  if ((graph.opsets.get('') ?? 0) < BOUNDS_AS_INPUTS) return graph
  const queries = graphQueries(graph)
  const initializers = new Map(graph.initializers)
  const add = adderTo(initializers, freshNames(graph))
  const nodes = graph.nodes.map((node): Node => {
    const range = rangeOf(node, queries)
    if (!range) return node
    let [{ input, min, max }, length] = [range, 1]
    for (;;) {
      const maker = queries.uses(input) === 1 ? queries.maker(input) : undefined
      const before = maker && rangeOf(maker, queries)
      if (!before) break
      // clip(clip(x, a, b), c, d): the later bounds apply to the range left by the earlier ones.
      ;[input, min, max] = [before.input, within(before.min, min, max), within(before.max, min, max)]
      length++
    }
    if (length === 1 && node.op !== 'Min' && node.op !== 'Max') return node
    if (min === 0 && max === Infinity) return { ...makeNode('Relu', [input], node.outputs), name: node.name }
    const bound = (role: string, value: number): string => Number.isFinite(value) ? add(`${node.outputs[0]}_${role}`, scalar(value)) : ''
    return { ...makeNode('Clip', [input, bound('min', min), bound('max', max)], node.outputs), name: node.name }
  })
  return { ...graph, nodes, initializers }
}

const within = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value))

/**
 * Returns the bounds that `node` puts on its one computed input. A bound with more axes than the value would add axes to it, so such a
 * bound is left alone.
 */
function rangeOf ({ op, domain, inputs: [a = '', b = '', c = ''] }: Node, { constant }: GraphQueries): Range | undefined {
  if (domain !== '') return undefined
  if (op === 'Relu') return { input: a, min: 0, max: Infinity }
  if (op === 'Clip') {
    const [min, max] = [b === '' ? -Infinity : singleValue(constant(b)), c === '' ? Infinity : singleValue(constant(c))]
    return min === undefined || max === undefined ? undefined : { input: a, min, max }
  }
  const [left, right] = [constant(a), constant(b)].map((tensor) => tensor && tensor.dims.length < 2 ? singleValue(tensor) : undefined)
  const bound = left ?? right
  if (bound === undefined || (op !== 'Min' && op !== 'Max') || c !== '') return undefined
  const input = left === undefined ? a : b
  return op === 'Min' ? { input, min: -Infinity, max: bound } : { input, min: bound, max: Infinity }
}
