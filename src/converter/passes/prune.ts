import type { Node, Pass } from '../graph/graph.ts'

/** Removes nodes that no output depends on, and constants that no node reads. */
export const prune: Pass = (graph) => {
  const needed = new Set(graph.outputs.map(({ name }) => name))
  const nodes: Node[] = []
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => needed.has(name))) continue
    nodes.push(node)
    for (const name of node.inputs) needed.add(name)
  }
  const initializers = new Map([...graph.initializers].filter(([name]) => needed.has(name)))
  return { ...graph, nodes: nodes.reverse(), initializers }
}
