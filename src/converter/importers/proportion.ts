import { conversionError } from '../conversion-error.ts'
import type { Graph } from '../graph/graph.ts'
import { byteLength } from '../graph/tensor.ts'

/**
 * Returns the graph, unless its weights exceed what a file of `length` bytes can hold. Eight bits may grow to four bytes; anything larger
 * comes from a damaged file, in which many tensors share one place or one number fills a large shape.
 * @throws {Error} ConversionError when the weights are larger.
 */
export function expectProportion (graph: Graph, length: number): Graph {
  let total = 0
  for (const tensor of graph.initializers.values()) total += byteLength(tensor)
  if (total > 4 * length) throw conversionError(`The file is damaged: its ${length} bytes would become ${total} bytes of weights.`)
  return graph
}
