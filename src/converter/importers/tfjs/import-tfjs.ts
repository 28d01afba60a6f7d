import { conversionError } from '../../conversion-error.ts'
import type { Graph } from '../../graph/graph.ts'
import { endpoint, type TfNode } from '../tensorflow/graph-def.ts'
import { translate } from '../tensorflow/translate.ts'
import { parseModel, type TfjsModel } from './model.ts'
import { readWeights } from './tfjs-weights.ts'

/**
 * Converts a TF.js graph model: `model.json` (topology and weights manifest) and the shards that it names, by file name. The format is that
 * of tfjs-core 4.22 `io/types.ts` (`ModelJSON`, `WeightsManifestConfig`); the nodes are TensorFlow's own.
 *
 * Outputs have the names in the signature, or, without a signature, the names of the nodes that no node reads.
 * @throws {Error} ConversionError when a file is missing, truncated or contradicts another, or contains an unsupported operation.
 */
export function importTfjs (files: ReadonlyMap<string, Uint8Array>): Graph {
  const json = [...files].find(([name]) => name.endsWith('.json'))
  if (!json) throw conversionError(`A TF.js model has a .json file; there are ${[...files.keys()].join(', ')}.`)
  const model = parseModel(json[1])
  const constants = readWeights(model.weights, files)
  for (const { name, op } of model.nodes) {
    if (op === 'Const' && !constants.has(name)) throw conversionError(`The weights manifest has no values for the constant ${name}.`)
  }
  return translate({ nodes: model.nodes, constants, outputs: outputsOf(model) })
}

function outputsOf ({ nodes, outputs }: TfjsModel): ReadonlyMap<string, string> {
  if (outputs.size > 0) return outputs
  const read = new Set(nodes.flatMap(({ inputs }) => inputs).map((input) => endpoint(input.replace(/^\^/, '')).node))
  return new Map(nodes.filter((node) => !read.has(node.name) && hasValue(node)).map(({ name }) => [name, name]))
}

const hasValue = ({ op }: TfNode): boolean => !['NoOp', 'Assert', 'Const', 'Placeholder'].includes(op)
