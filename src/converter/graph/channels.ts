import type { GraphQueries } from './graph-queries.ts'
import { type Graph, numberOf, numbersOf } from './graph.ts'
import { elements } from './tensor.ts'

/** Operations whose output has the axes of their first input. */
const ELEMENTWISE = new Set(['Relu', 'LeakyRelu', 'PRelu', 'Elu', 'Sigmoid', 'Tanh', 'HardSigmoid', 'HardSwish', 'Softplus', 'Clip', 'Cast', 'Identity'])
/** Operations that may broadcast an input of one channel over all channels of the other. */
const BROADCASTING = new Set(['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max'])
const POOLING = new Set(['MaxPool', 'AveragePool', 'GlobalMaxPool', 'GlobalAveragePool'])

/** Number of channels (axis 1) of a value, exact or a lower bound; undefined when the operations that lead to it do not determine it. */
export function channelsOf (name: string, { inputs }: Graph, { maker, constant }: GraphQueries): number | undefined {
  for (let axis = 1; ;) {
    const node = maker(name)
    if (!node) {
      const dim = inputs.find((input) => input.name === name)?.dims?.[axis]
      return typeof dim === 'number' ? dim : undefined
    }
    const { op, domain, inputs: [first = '', second = ''] } = node
    if (domain !== '') return undefined
    const parameter = constant(second)
    if (op === 'Conv' || op === 'BatchNormalization') return axis === 1 ? parameter?.dims[0] : undefined
    if (op === 'Gather' && numberOf(node, 'axis', 0) === axis) return parameter && elements(parameter.dims)
    const next = op === 'Transpose' ? numbersOf(node, 'perm')?.[axis] : ELEMENTWISE.has(op) || BROADCASTING.has(op) || (axis === 1 && POOLING.has(op)) ? axis : undefined
    if (next === undefined) return undefined
    axis = next
    name = BROADCASTING.has(op) && constant(first) ? second : first
  }
}
