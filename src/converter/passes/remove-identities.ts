import { graphQueries } from '../graph/graph-queries.ts'
import type { Node, Pass } from '../graph/graph.ts'

/** Removes Identity, and Dropout, which does nothing in inference. Outputs of the graph keep their names. */
export const removeIdentities: Pass = (graph) => {
  const { uses } = graphQueries(graph)
  const outputs = new Set(graph.outputs.map(({ name }) => name))
  const made = new Set<string>()
  const renamed = new Map<string, string>()
  const current = (name: string): string => {
    const next = renamed.get(name)
    return next === undefined ? name : current(next)
  }
  const kept = graph.nodes.filter((node) => {
    const [from, to] = [current(node.inputs[0] ?? ''), node.outputs[0] ?? '']
    for (const name of node.outputs) made.add(name)
    if (!isIdentity(node)) return true
    if (!outputs.has(to)) renamed.set(to, from)
    // The output's name goes to the node that computes the value, unless that value is an output too or is not computed by a node.
    else if (made.has(from) && !outputs.has(from)) renamed.set(from, to)
    else return true
    return false
  })
  return { ...graph, nodes: kept.map((node) => ({ ...node, inputs: node.inputs.map(current), outputs: node.outputs.map(current) })) }

  /** The second output of a Dropout is its mask. */
  function isIdentity ({ op, domain, outputs: [output, ...others] }: Node): boolean {
    return (op === 'Identity' || op === 'Dropout') && domain === '' && Boolean(output) && others.every((name) => uses(name) === 0)
  }
}
