import { conversionError } from '../conversion-error.ts'
import type { Pass } from '../graph/graph.ts'

/** Keeps the outputs called `names`, in that order. @throws {Error} ConversionError when the graph lacks one. */
export const selectOutputs = (names: readonly string[]): Pass => (graph) => ({
  ...graph,
  outputs: names.map((name) => {
    const found = graph.outputs.find((output) => output.name === name)
    if (!found) throw conversionError(`The network has no output ${name}; it has ${graph.outputs.map(({ name }) => name).join(', ')}.`)
    return found
  })
})
