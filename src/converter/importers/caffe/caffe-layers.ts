import { conversionError } from '../../conversion-error.ts'
import type { Builder, Ref } from '../../graph/builder.ts'
import { elements, floats, lazy, reshaped, scalar, type Tensor } from '../../graph/tensor.ts'
import { flag, label, type Layer, messages, number, numbers, parameters, text } from './fields.ts'
import type { Message } from './text-format.ts'

export interface Context {
  readonly builder: Builder
  readonly layer: Layer
  readonly inputs: readonly [Ref, ...Ref[]]
  /** Learned tensors of the layer, in Caffe's order. */
  readonly blobs: readonly Tensor[]
}

type Translation = (context: Context) => Ref

/**
 * Returns learned tensor `i`. Caffe's first format always stores four axes; `dims` restores the intended shape.
 * @throws {Error} ConversionError when the model lacks the tensor, or its size differs.
 */
function blob ({ layer, blobs }: Context, i: number, dims?: readonly number[]): Tensor {
  const found = blobs[i]
  if (!found) throw conversionError(`${label(layer)} needs ${i + 1} learned tensors; the model has ${blobs.length}.`)
  if (dims && elements(dims) !== elements(found.dims)) throw conversionError(`${label(layer)}: a learned tensor has ${elements(found.dims)} elements; ${elements(dims)} are expected.`)
  return dims ? reshaped(found, dims) : found
}

const row = (context: Context, i: number): Tensor => blob(context, i, [elements(blob(context, i).dims)])

/** Height and width from `<name>_h` and `<name>_w`, or from `<list>`, which holds one value for both or one for each. */
function pair (message: Message, name: string, list: string, otherwise: number): [number, number] {
  const [h = otherwise, w = h] = numbers(message, list)
  return [number(message, `${name}_h`, h), number(message, `${name}_w`, w)]
}

function expectPositive ({ layer }: Context, sizes: readonly number[]): void {
  if (!sizes.every((size) => Number.isSafeInteger(size) && size > 0)) throw conversionError(`${label(layer)} has an impossible window: ${sizes.join(', ')}.`)
}

const convolution: Translation = (context) => {
  const { builder, layer, inputs: [x] } = context
  const options = parameters(layer, 'convolution_param')
  const weights = blob(context, 0)
  const [kernel, strides, [top, left]] = [pair(options, 'kernel', 'kernel_size', 0), pair(options, 'stride', 'stride', 1), pair(options, 'pad', 'pad', 0)]
  const [dilation = 1, dilationWidth = dilation] = numbers(options, 'dilation')
  expectPositive(context, [...kernel, ...strides, dilation, dilationWidth])
  if (weights.dims[2] !== kernel[0] || weights.dims[3] !== kernel[1] || weights.dims[0] !== number(options, 'num_output', 0)) {
    throw conversionError(`${label(layer)}: its weights have the shape ${weights.dims.join(' × ')}; ${number(options, 'num_output', 0)} kernels of ${kernel.join(' × ')} are expected.`)
  }
  return builder.conv(layer.name, x, weights, {
    bias: flag(options, 'bias_term', true) ? row(context, 1) : undefined,
    strides,
    dilations: [dilation, dilationWidth],
    padding: [top, left, top, left],
    group: number(options, 'group', 1)
  })
}

/** Windows that extend past the end count as well, so sizes are rounded up (caffe/layers/pooling_layer.cpp). */
const pooling: Translation = (context) => {
  const { builder, layer, inputs: [x] } = context
  const options = parameters(layer, 'pooling_param')
  const kind = text(options, 'pool', 'MAX')
  if (kind !== 'MAX' && kind !== 'AVE') throw conversionError(`${label(layer)}: ${kind} pooling is not supported.`)
  if (flag(options, 'global_pooling', false)) return builder.reduce(kind === 'MAX' ? 'ReduceMax' : 'ReduceMean', layer.name, x, [2, 3], true)
  const [kernel, strides, [top, left]] = [pair(options, 'kernel', 'kernel_size', 0), pair(options, 'stride', 'stride', 1), pair(options, 'pad', 'pad', 0)]
  expectPositive(context, [...kernel, ...strides])
  // Caffe includes the padding in the divisor.
  if (kind === 'AVE' && (top > 0 || left > 0)) throw conversionError(`${label(layer)}: average pooling with padding is not supported.`)
  const pool = kind === 'MAX' ? builder.maxPool : builder.averagePool
  return pool(layer.name, x, { kernel, strides, padding: [top, left, top, left], ceil: true })
}

/** The stored mean and variance are sums, to be divided by the third tensor (caffe/layers/batch_norm_layer.cpp). */
const batchNorm: Translation = (context) => {
  const { builder, layer, inputs: [x] } = context
  const [mean, variance, count] = [row(context, 0), row(context, 1), blob(context, 2, [1])]
  const averaged = (sums: Tensor): Tensor => lazy(sums.dims, () => {
    const factor = floats(count)[0]!
    return floats(sums).map((sum) => factor === 0 ? 0 : sum / factor)
  })
  const [gamma, beta] = [1, 0].map((value) => lazy(mean.dims, () => new Float32Array(elements(mean.dims)).fill(value))) as [Tensor, Tensor]
  return builder.batchNorm(layer.name, x, { gamma, beta, mean: averaged(mean), variance: averaged(variance), epsilon: number(parameters(layer, 'batch_norm_param'), 'eps', 1e-5) })
}

/** Multiplies each channel by a learned factor, and adds a learned bias if there is one. */
const scale: Translation = (context) => {
  const { builder, layer, inputs: [x, ...more] } = context
  const options = parameters(layer, 'scale_param')
  if (more.length > 0 || number(options, 'axis', 1) !== 1 || number(options, 'num_axes', 1) !== 1) throw conversionError(`${label(layer)} is supported for channels only.`)
  const perChannel = (i: number): Tensor => blob(context, i, [elements(blob(context, i).dims), ...x.dims.slice(2).map(() => 1)])
  const scaled = builder.binary('Mul', layer.name, x, perChannel(0))
  return flag(options, 'bias_term', false) ? builder.binary('Add', `${layer.name}/bias`, scaled, perChannel(1)) : scaled
}

const relu: Translation = ({ builder, layer, inputs: [x] }) => {
  const slope = number(parameters(layer, 'relu_param'), 'negative_slope', 0)
  return slope === 0 ? builder.unary('Relu', layer.name, x) : builder.leakyRelu(layer.name, x, slope)
}

const innerProduct: Translation = (context) => {
  const { builder, layer, inputs: [x] } = context
  const options = parameters(layer, 'inner_product_param')
  if (number(options, 'axis', 1) !== 1 || flag(options, 'transpose', false)) throw conversionError(`${label(layer)} is supported for axis 1, not transposed.`)
  const out = number(options, 'num_output', 0)
  const count = elements(blob(context, 0).dims)
  expectPositive(context, [out, count / out])
  const bias = flag(options, 'bias_term', true) ? row(context, 1) : undefined
  return builder.dense(layer.name, x.dims.length === 2 ? x : builder.flatten(`${layer.name}/rows`, x), blob(context, 0, [out, count / out]), bias)
}

const eltwise: Translation = ({ builder, layer, inputs: [first, ...more] }) => {
  const options = parameters(layer, 'eltwise_param')
  const kind = text(options, 'operation', 'SUM')
  const op = ({ SUM: 'Add', PROD: 'Mul', MAX: 'Max' } as const)[kind]
  if (!op || (options.get('coeff') ?? []).some((coefficient) => coefficient !== 1)) throw conversionError(`${label(layer)}: ${kind} with coefficients or of that kind is not supported.`)
  return more.reduce((sum, x) => builder.binary(op, layer.name, sum, x), first)
}

const reshape: Translation = ({ builder, layer, inputs: [x] }) => {
  const [shape] = messages(parameters(layer, 'reshape_param'), 'shape')
  const dims = shape ? numbers(shape, 'dim') : []
  // A 0 copies the size from the input.
  return builder.reshape(layer.name, x, dims.map((dim, i) => dim === 0 || i === 0 ? x.dims[i] ?? 1 : dim))
}

/** x / ‖x‖ · scale over the channels of each pixel (caffe of Liu et al., SSD, ECCV 2016: layers/normalize_layer.cpp). */
const normalize: Translation = (context) => {
  const { builder, layer, inputs: [x] } = context
  const options = parameters(layer, 'norm_param')
  if (flag(options, 'across_spatial', true)) throw conversionError(`${label(layer)} is supported for each pixel alone.`)
  const factor = flag(options, 'channel_shared', true) ? blob(context, 0, [1, 1, 1]) : blob(context, 0, [Number(x.dims[1]), 1, 1])
  const squares = builder.reduce('ReduceSum', `${layer.name}/sum`, builder.binary('Mul', `${layer.name}/squares`, x, x), [1], true)
  const length = builder.unary('Sqrt', `${layer.name}/length`, builder.binary('Add', `${layer.name}/least`, squares, scalar(number(options, 'eps', 1e-10))))
  return builder.binary('Mul', layer.name, builder.binary('Div', `${layer.name}/unit`, x, length), factor)
}

const pass: Translation = ({ inputs: [x] }) => x

/** Translations of the supported layers, by Caffe's `type`. */
export const LAYERS: Readonly<Record<string, Translation>> = {
  Convolution: convolution,
  Pooling: pooling,
  BatchNorm: batchNorm,
  Scale: scale,
  ReLU: relu,
  PReLU: (context) => context.builder.prelu(context.layer.name, context.inputs[0], row(context, 0)),
  Sigmoid: ({ builder, layer, inputs: [x] }) => builder.unary('Sigmoid', layer.name, x),
  InnerProduct: innerProduct,
  Eltwise: eltwise,
  Concat: ({ builder, layer, inputs }) => builder.concat(layer.name, inputs, number(parameters(layer, 'concat_param'), 'axis', 1)),
  Permute: ({ builder, layer, inputs: [x] }) => builder.transpose(layer.name, x, numbers(parameters(layer, 'permute_param'), 'order')),
  Flatten: ({ builder, layer, inputs: [x] }) => builder.flatten(layer.name, x),
  Reshape: reshape,
  Softmax: ({ builder, layer, inputs: [x] }) => builder.softmax(layer.name, x, number(parameters(layer, 'softmax_param'), 'axis', 1)),
  Normalize: normalize,
  Dropout: pass
}
