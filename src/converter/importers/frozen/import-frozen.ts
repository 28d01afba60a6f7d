import { conversionError } from '../../conversion-error.ts'
import type { Graph } from '../../graph/graph.ts'
import type { Tensor } from '../../graph/tensor.ts'
import { expectProportion } from '../proportion.ts'
import { endpoint, type TfAttribute, type TfNode } from '../tensorflow/graph-def.ts'
import { translate } from '../tensorflow/translate.ts'
import { mergeDilations } from './dilations.ts'
import { inference } from './inference.ts'
import { readGraph } from './read-frozen.ts'
import { readTensor } from './tensor-proto.ts'

export interface FrozenOptions {
  /** Names of the output nodes, which the file does not mark. */
  readonly outputs: readonly string[]
  /** Height, width and channels of the input, for files that do not record them. */
  readonly picture?: readonly [height: number, width: number, channels: number]
}

/**
 * Converts a frozen TensorFlow graph (`GraphDef` with the weights as Const nodes, binary `.pb`): `input` is float32 [n, C, H, W] on the
 * network's own scale, and outputs have the names of their nodes. The graph is reduced to inference: see `inference`.
 * @throws {Error} ConversionError when the file is damaged, lacks an output, or contains an unsupported operation.
 */
export function importFrozen (bytes: Uint8Array, { outputs, picture }: FrozenOptions): Graph {
  const { nodes, tensors } = readGraph(bytes)
  const constants = new Map<string, Tensor>()
  const constant = (name: string): Tensor => {
    const known = constants.get(name)
    if (known) return known
    const proto = tensors.get(name)
    if (!proto) throw conversionError(`The constant ${name} has no value.`)
    const tensor = readTensor(name, proto, bytes.length)
    constants.set(name, tensor)
    return tensor
  }
  const used = mergeDilations(inference(withInput(nodes, picture), outputs, constant), constant)
  for (const { name, op } of used) if (op === 'Const') constant(name)
  return expectProportion(translate({ nodes: used, constants, outputs: new Map(outputs.map((name) => [name, name])) }), bytes.length)
}

/** Sets the shape of the input. A queue that a training program filled, as in facenet, counts as the input. */
function withInput (nodes: readonly TfNode[], picture: FrozenOptions['picture']): TfNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const shaped = (node: TfNode, shape: readonly number[] | undefined): TfNode => {
    const attributes: Record<string, TfAttribute> = shape ? { ...node.attributes, shape: { shape } } : node.attributes
    return { ...node, op: 'Placeholder', inputs: [], attributes }
  }
  return nodes.map((node) => {
    if (/^QueueDequeue(UpTo|Many)V2$/.test(node.op)) {
      const [first] = byName.get(endpoint(node.inputs[0] ?? '').node)?.attributes['shapes']?.list?.shapes ?? []
      return shaped(node, first && [-1, ...first])
    }
    const open = node.op === 'Placeholder' && node.attributes['dtype']?.type === 'DT_FLOAT' && !node.attributes['shape']?.shape?.length
    return open && picture ? shaped(node, [-1, ...picture]) : node
  })
}
