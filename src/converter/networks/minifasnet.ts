import { type Builder, createBuilder, type Ref } from '../graph/builder.ts'
import type { Graph } from '../graph/graph.ts'
import type { Tensor } from '../graph/tensor.ts'
import { type NamedWeights, namedWeights } from './named-weights.ts'

/**
 * MiniFASNet: classifies a face as real, a print or a screen. A MobileFaceNet (Chen et al., arXiv:1804.07573) with pruned channels, from
 * Minivision's Silent-Face-Anti-Spoofing, `src/model_lib/MiniFASNet.py`.
 *
 * Input `input` float32 [n, 3, 80, 80], BGR, 0..255. Outputs `logits` and `probabilities` float32 [n, 3]: print, real, screen.
 */
const SIZE = 80
const CLASSES = 3
const EMBEDDING = 128

/** Widths of the bottlenecks: 1 × 1 to `expanded` channels, 3 × 3 depthwise, 1 × 1 to the channels of the stage. */
interface Variant {
  /** Channels between the 1 × 1 convolutions of each bottleneck. */
  readonly conv_23: number
  readonly conv_3: readonly number[]
  readonly conv_34: number
  readonly conv_4: readonly number[]
  readonly conv_45: number
  readonly conv_5: readonly number[]
  /** Whether the last bottleneck of each stage weights its channels (Hu et al., "Squeeze-and-Excitation Networks", arXiv:1709.01507). */
  readonly squeeze: boolean
}

/** `keep_dict` of the upstream file: "1.8M_" is V2, "1.8M" V1SE. */
const VARIANTS = {
  MiniFASNetV2: { conv_23: 103, conv_3: [13, 13, 13, 13], conv_34: 231, conv_4: [231, 52, 26, 77, 26, 26], conv_45: 308, conv_5: [26, 26], squeeze: false },
  MiniFASNetV1SE: { conv_23: 103, conv_3: [13, 26, 13, 52], conv_34: 231, conv_4: [154, 52, 26, 52, 26, 26], conv_45: 308, conv_5: [26, 26], squeeze: true }
} as const satisfies Readonly<Record<string, Variant>>

export type MiniFasNetVariant = keyof typeof VARIANTS

/** Channels of the stem, of the three stages, and of the last map. */
const STEM = 32
const STAGES = { conv_3: 64, conv_4: 128, conv_5: 128 } as const
const LAST = 512

/** Builds the network. @throws {Error} ConversionError naming the tensor that is missing, left over or of another shape. */
export function miniFasNet (tensors: ReadonlyMap<string, Tensor>, variant: MiniFasNetVariant): Graph {
  const { squeeze, ...widths }: Variant = VARIANTS[variant]
  const builder = createBuilder()
  const weights = namedWeights(tensors)
  const net = { builder, weights }

  let x = builder.input('input', ['n', 3, SIZE, SIZE])
  x = convBlock(net, 'conv1', x, { out: STEM, kernel: 3, stride: 2, padding: 1 })
  x = convBlock(net, 'conv2_dw', x, { out: STEM, kernel: 3, padding: 1, depthwise: true })
  x = bottleneck(net, 'conv_23', x, widths.conv_23, STAGES.conv_3, 2)
  x = residuals(net, 'conv_3', x, widths.conv_3, squeeze)
  x = bottleneck(net, 'conv_34', x, widths.conv_34, STAGES.conv_4, 2)
  x = residuals(net, 'conv_4', x, widths.conv_4, squeeze)
  x = bottleneck(net, 'conv_45', x, widths.conv_45, STAGES.conv_5, 2)
  x = residuals(net, 'conv_5', x, widths.conv_5, squeeze)
  x = convBlock(net, 'conv_6_sep', x, { out: LAST, kernel: 1 })
  x = convBlock(net, 'conv_6_dw', x, { out: LAST, kernel: 5, depthwise: true, linear: true })
  x = builder.dense('linear', builder.flatten('flatten', x), weights.take('linear.weight', [EMBEDDING, LAST]))
  x = batchNorm(net, 'bn', x)
  const logits = builder.dense('logits', x, weights.take('prob.weight', [CLASSES, EMBEDDING]))
  const probabilities = builder.softmax('probabilities', logits, 1)
  weights.end()
  return builder.build(variant, { logits, probabilities })
}

interface Net {
  readonly builder: Builder
  readonly weights: NamedWeights
}

interface Block {
  readonly out: number
  readonly kernel: number
  readonly stride?: number
  readonly padding?: number
  readonly depthwise?: boolean
  /** True for a block without an activation. */
  readonly linear?: boolean
}

/** Convolution without a bias, batch normalisation, PReLU. */
function convBlock (net: Net, name: string, x: Ref, { out, kernel, stride = 1, padding = 0, depthwise = false, linear = false }: Block): Ref {
  const { builder, weights } = net
  const channels = Number(x.dims[1])
  const group = depthwise ? channels : 1
  const kernels = weights.take(`${name}.conv.weight`, [out, channels / group, kernel, kernel])
  const y = builder.conv(`${name}.conv`, x, kernels, { strides: [stride, stride], padding: [padding, padding, padding, padding], group })
  const normal = batchNorm(net, `${name}.bn`, y)
  return linear ? normal : builder.prelu(`${name}.prelu`, normal, weights.take(`${name}.prelu.weight`, [out]))
}

function bottleneck (net: Net, name: string, x: Ref, expanded: number, out: number, stride: number): Ref {
  let y = convBlock(net, `${name}.conv`, x, { out: expanded, kernel: 1 })
  y = convBlock(net, `${name}.conv_dw`, y, { out: expanded, kernel: 3, stride, padding: 1, depthwise: true })
  return convBlock(net, `${name}.project`, y, { out, kernel: 1, linear: true })
}

/** Bottlenecks that keep size and channels, each added to its input. */
function residuals (net: Net, name: string, x: Ref, widths: readonly number[], squeeze: boolean): Ref {
  return widths.reduce((y, expanded, i) => {
    const block = `${name}.model.${i}`
    const made = bottleneck(net, block, y, expanded, Number(y.dims[1]), 1)
    const weighed = squeeze && i === widths.length - 1 ? squeezed(net, `${block}.se_module`, made) : made
    return net.builder.binary('Add', `${block}.sum`, weighed, y)
  }, x)
}

/** Weights each channel by a function of the means of all channels. */
function squeezed (net: Net, name: string, x: Ref): Ref {
  const { builder, weights } = net
  const channels = Number(x.dims[1])
  const narrow = channels / 4
  let y = builder.reduce('ReduceMean', `${name}.mean`, x, [2, 3], true)
  y = builder.conv(`${name}.fc1`, y, weights.take(`${name}.fc1.weight`, [narrow, channels, 1, 1]))
  y = builder.unary('Relu', `${name}.relu`, batchNorm(net, `${name}.bn1`, y))
  y = builder.conv(`${name}.fc2`, y, weights.take(`${name}.fc2.weight`, [channels, narrow, 1, 1]))
  y = builder.unary('Sigmoid', `${name}.sigmoid`, batchNorm(net, `${name}.bn2`, y))
  return builder.binary('Mul', `${name}.weighed`, x, y)
}

/** PyTorch's default epsilon. */
const EPSILON = 1e-5

function batchNorm ({ builder, weights }: Net, name: string, x: Ref): Ref {
  const take = (part: string): Tensor => weights.take(`${name}.${part}`, [Number(x.dims[1])])
  return builder.batchNorm(name, x, { gamma: take('weight'), beta: take('bias'), mean: take('running_mean'), variance: take('running_var'), epsilon: EPSILON })
}
