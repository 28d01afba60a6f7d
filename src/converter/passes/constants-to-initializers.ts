import type { Pass } from '../graph/graph.ts'
import type { Tensor } from '../graph/tensor.ts'

/** Turns Constant nodes into initializers, where the other passes look for constants. */
export const constantsToInitializers: Pass = (graph) => {
  const initializers = new Map(graph.initializers)
  const nodes = graph.nodes.filter(({ op, domain, outputs: [output], attributes: { value } }) => {
    const tensor: Tensor | undefined = op === 'Constant' && domain === '' && value?.type === 'tensor' ? value.value : undefined
    if (tensor && output !== undefined) initializers.set(output, tensor)
    return !tensor
  })
  return { ...graph, nodes, initializers }
}
