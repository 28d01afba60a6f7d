import type { Node, Pass } from '../graph/graph.ts'

/** Removes nodes that no output depends on, and the constants and inputs that nothing reads. */
export const prune: Pass = (graph) => {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue
    nodes.push(node)
    for (const name of node.inputs) needed.add(name)
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)))
  return { ...graph, inputs: graph.inputs.filter(({ name }) => needed.has(name)), nodes: nodes.reverse(), initializers }
}
