import { type Builder, createBuilder, type Ref } from '../graph/builder.ts'
import type { Graph } from '../graph/graph.ts'
import { reshaped, transposed } from '../graph/tensor.ts'
import { MTCNN, type MtcnnName, type MtcnnNet } from './mtcnn-nets.ts'
import type { MtcnnWeights } from './mtcnn-weights.ts'

/** Builds one of the three networks. @throws {Error} ConversionError naming the tensor that is missing, left over or of another shape. */
export function mtcnn (name: MtcnnName, weights: MtcnnWeights): Graph {
  const net: MtcnnNet = MTCNN[name]
  const builder = createBuilder()
  let x = builder.input('input', net.size === undefined ? ['n', 3, 'h', 'w'] : ['n', 3, net.size, net.size])
  for (const [i, { out, kernel, pool }] of net.convs.entries()) {
    x = conv(builder, weights, `conv${i + 1}`, x, out, kernel)
    x = builder.prelu(`prelu${i + 1}`, x, weights.vector(`prelu${i + 1}.slope`, out))
    if (pool !== undefined) x = builder.maxPool(`pool${i + 1}`, x, { kernel: [pool, pool], strides: [2, 2], ceil: true })
  }
  if (net.dense !== undefined) x = dense(builder, weights, x, net.dense, net.convs.length + 1)
  const outputs = Object.entries(net.heads).map(([head, values]): [string, Ref] => {
    const made = head === 'probability' ? 'logits' : head
    const logits = net.dense === undefined ? conv(builder, weights, head, x, values, 1, made) : matrix(builder, weights, head, x, values, made)
    return [head, head === 'probability' ? builder.softmax(head, logits, 1) : logits]
  })
  weights.end()
  return builder.build(name, Object.fromEntries(outputs))
}

const conv = (builder: Builder, weights: MtcnnWeights, name: string, x: Ref, out: number, kernel: number, made = name): Ref =>
  builder.conv(made, x, weights.kernel(`${name}.weight`, [out, Number(x.dims[1]), kernel, kernel]), { bias: weights.vector(`${name}.bias`, out) })

/** In every file the last map is ordered x, y, channel, because Caffe was given transposed pictures; ours is channel, y, x. */
function dense (builder: Builder, weights: MtcnnWeights, x: Ref, out: number, index: number): Ref {
  const [channels, height, width] = x.dims.slice(1).map(Number) as [number, number, number]
  const each = channels * height * width
  const rows = weights.matrix('dense.weight', [out, each])
  const ours = reshaped(transposed(reshaped(rows, [out, width, height, channels]), [0, 3, 2, 1]), [out, each])
  const y = builder.dense('dense', builder.flatten('flatten', x), ours, weights.vector('dense.bias', out))
  return builder.prelu(`prelu${index}`, y, weights.vector(`prelu${index}.slope`, out))
}

const matrix = (builder: Builder, weights: MtcnnWeights, name: string, x: Ref, out: number, made: string): Ref =>
  builder.dense(made, x, weights.matrix(`${name}.weight`, [out, Number(x.dims[1])]), weights.vector(`${name}.bias`, out))
