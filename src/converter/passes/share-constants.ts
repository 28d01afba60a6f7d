import type { Pass } from '../graph/graph.ts'
import { elements } from '../graph/tensor.ts'

/**
 * Limit of the elements of a shared constant. Larger tensors are weights, no two of which are equal, and reading them all would cost as
 * much as the conversion.
 */
const LARGEST = 4096

/** Merges equal constants into one. */
export const shareConstants: Pass = (graph) => {
  const first = new Map<string, string>()
  const renamed = new Map<string, string>()
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  for (const [name, { type, dims, bytes }] of graph.initializers) {
    if (outputs.has(name) || elements(dims) > LARGEST) continue
    const key = `${type} ${dims.join()} ${Buffer.from(bytes()).toString('base64')}`
    const known = first.get(key)
    if (known === undefined) first.set(key, name)
    else renamed.set(name, known)
  }
  return {
    ...graph,
    initializers: new Map([...graph.initializers].filter(([name]) => !renamed.has(name))),
    nodes: graph.nodes.map((node) => ({ ...node, inputs: node.inputs.map((name) => renamed.get(name) ?? name) }))
  }
}
