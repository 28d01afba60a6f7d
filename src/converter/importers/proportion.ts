import { conversionError } from '../conversion-error.ts'
import type { Graph } from '../graph/graph.ts'
import { byteLength } from '../graph/tensor.ts'

/**
 * Refuses a graph whose weights are more than a file of `length` bytes can hold. Eight bits become four bytes; what is beyond that
 * is a damaged file, in which many tensors lie in one place or one number fills a large shape.
 * @throws {Error} ConversionError when there is more.
 */
export function expectProportion (graph: Graph, length: number): Graph {
  let total = 0
  for (const tensor of graph.initializers.values()) total += byteLength(tensor)
  if (total > 4 * length) throw conversionError(`The file is damaged: its ${length} bytes would become ${total} bytes of weights.`)
  return graph
}
