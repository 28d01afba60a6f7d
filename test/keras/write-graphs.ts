/**
 * A thread that packs formula weights as a Keras file and converts it to `closed.onnx`, the graph as used, and `open.onnx`, which also
 * outputs inner values. Its memory, up to two gigabytes, is freed when it ends.
 */
import { writeFile } from 'node:fs/promises'
import { workerData } from 'node:worker_threads'
import { encode } from '../../src/converter/graph/encode-model.ts'
import type { Graph } from '../../src/converter/graph/graph.ts'
import { importKeras } from '../../src/converter/importers/keras/import-keras.ts'
import { kerasNetwork } from '../../src/converter/networks/network-tables.ts'
import { formulaWeights } from './formula.ts'
import { type FileDescription, packKeras } from './pack.ts'
import { rewritten } from './rewritten.ts'

export interface Task {
  readonly folder: string
  readonly file: FileDescription
  readonly gain: number
  /** Name of the network in cards. */
  readonly network: string
  readonly inner: readonly string[]
}

const { folder, file, gain, network, inner } = workerData as Task
const bytes = await packKeras(`${folder}/weights.h5`, file, ({ index, role, shape }) => formulaWeights(index, role, shape, gain))
const graph = importKeras(bytes, kerasNetwork(network))
await writeFile(`${folder}/closed.onnx`, encode(rewritten(graph)))
await writeFile(`${folder}/open.onnx`, encode(rewritten(exposing(graph, inner))))

function exposing (graph: Graph, names: readonly string[]): Graph {
  const more = names.filter((name) => graph.outputs.every((output) => output.name !== name))
  return { ...graph, outputs: [...graph.outputs, ...more.map((name) => ({ name, type: 'float32' as const, dims: undefined }))] }
}
