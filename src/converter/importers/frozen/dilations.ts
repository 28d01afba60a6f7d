import { conversionError } from '../../conversion-error.ts'
import { integers, type Tensor } from '../../graph/tensor.ts'
import { endpoint, type TfNode } from '../tensorflow/graph-def.ts'
import { label, pair } from '../tensorflow/node-attributes.ts'

/**
 * Merges SpaceToBatchND → Conv2D → BatchToSpaceND into one dilated convolution. `tf.nn.convolution` wrote dilations this way before Conv2D
 * supported them: the picture is split into block² pictures of every block-th pixel, each is convolved, and the results are interleaved
 * again. The padding of the merged convolution is padding minus crops.
 * @throws {Error} ConversionError when such a group is not a dilated convolution.
 */
export function mergeDilations (nodes: readonly TfNode[], constant: (name: string) => Tensor): TfNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]))
  const inputOf = (node: TfNode | undefined, i: number) => byName.get(endpoint(node?.inputs[i] ?? '').node)
  const valuesOf = (node: TfNode, i: number): number[] => integers(constant(endpoint(node.inputs[i] ?? '').node))

  return nodes.map((node) => {
    if (node.op !== 'BatchToSpaceND') return node
    const [conv] = [inputOf(node, 0)]
    const before = inputOf(conv, 0)
    if (!conv || !['Conv2D', 'DepthwiseConv2dNative'].includes(conv.op) || before?.op !== 'SpaceToBatchND') throw conversionError(`${label(node)} is supported only around a convolution.`)
    const [block, pads, crops] = [valuesOf(before, 1), valuesOf(before, 2), valuesOf(node, 2)]
    const plain = conv.attributes['padding']?.s === 'VALID' && pair(conv, 'strides').every((stride) => stride === 1)
    if (!plain || block.length !== 2 || pads.length !== 4 || crops.length !== 4 || block.join() !== valuesOf(node, 1).join()) {
      throw conversionError(`${label(node)}: its blocks or the strides of ${label(conv)} make no dilated convolution.`)
    }
    const around = pads.map((pad, i) => pad - crops[i]!)
    return {
      ...node,
      op: conv.op,
      inputs: [before.inputs[0]!, ...conv.inputs.slice(1)],
      attributes: {
        ...conv.attributes,
        dilations: { list: { i: [1, ...block, 1] } },
        padding: { s: 'EXPLICIT' },
        explicit_paddings: { list: { i: [0, 0, ...around, 0, 0] } }
      }
    }
  })
}
