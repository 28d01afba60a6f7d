import { type Builder, createBuilder, type Ref } from '../graph/builder.ts'
import type { Graph } from '../graph/graph.ts'
import { reshaped, transposed } from '../graph/tensor.ts'
import type { MtcnnWeights } from './mtcnn-weights.ts'

/**
 * The three networks of MTCNN, which find faces at every place of a picture, sift them, and find their points. Zhang et al., "Joint
 * Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016, arXiv:1604.02878; the architecture is that
 * of `det1.prototxt` to `det3.prototxt` upstream, as mtcnn 1.0.0 `mtcnn/network` and facenet-pytorch 2.6 `models/mtcnn.py` have it.
 *
 * Input `input` float32, RGB, (value − 127.5) / 128: PNet [n, 3, h, w], RNet [n, 3, 24, 24], ONet [n, 3, 48, 48].
 * Outputs float32: `probability` of no face and of a face, 2 values; `regression`, how far left, top, right and bottom of the face
 * are from those of the window, in its sizes, 4 values; of ONet also `landmarks`, x of five points and then y, in sizes of the
 * window. For PNet they are maps [n, values, rows, columns] with a window of 12 pixels every 2, else [n, values].
 */
export const MTCNN = {
  PNet: { size: undefined, convs: [{ out: 10, kernel: 3, pool: 2 }, { out: 16, kernel: 3 }, { out: 32, kernel: 3 }], dense: undefined, heads: { probability: 2, regression: 4 } },
  RNet: { size: 24, convs: [{ out: 28, kernel: 3, pool: 3 }, { out: 48, kernel: 3, pool: 3 }, { out: 64, kernel: 2 }], dense: 128, heads: { probability: 2, regression: 4 } },
  ONet: {
    size: 48,
    convs: [{ out: 32, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 3 }, { out: 64, kernel: 3, pool: 2 }, { out: 128, kernel: 2 }],
    dense: 256,
    heads: { probability: 2, regression: 4, landmarks: 10 }
  }
} as const satisfies Readonly<Record<string, MtcnnNet>>

export interface MtcnnNet {
  /** Height and width of the input; undefined where it may have any. */
  readonly size: number | undefined
  /** Convolutions without padding, each with a PReLU and, where `pool` is there, the maximum of so many pixels, every two, the last window cut off. */
  readonly convs: ReadonlyArray<{ readonly out: number, readonly kernel: number, readonly pool?: number }>
  /** Values of the layer between the last map and the heads; undefined where the heads are convolutions. */
  readonly dense: number | undefined
  /** Values of each output, in the order of the upstream files. */
  readonly heads: Readonly<Record<string, number>>
}

export type MtcnnName = keyof typeof MTCNN

/** @throws {Error} ConversionError naming the tensor that is missing, left over or of another shape. */
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

/** Every file has the last map with x before y before the channel, as Caffe with pictures on their side had it; ours is channel, y, x. */
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
