import { conversionError } from '../../conversion-error.ts'
import type { Binary, Ref, Reduction, Unary } from '../../graph/builder.ts'
import { elements, floats, integers, reshaped, shapeText, type Tensor, transposed } from '../../graph/tensor.ts'
import { lookUp } from '../table.ts'
import { constant, type Context, type Operation, value } from './context.ts'
import { dequantize } from './dequantize.ts'
import { expectChannelsLast, isSet, label, numberOf, paddingOf, pair } from './node-attributes.ts'
import { asTensorFlow, axisOf, beside, type Computed, fromTensorFlow, made, perAxis } from './operand.ts'
import { SIZES } from './sizes.ts'

/** Returns the first input, which must be a picture, as [n, c, h, w]. @throws {Error} ConversionError when it is not. */
function picture (context: Context): Ref {
  expectChannelsLast(context.node)
  const { ref, picture: isPicture } = value(context, 0)
  if (!isPicture) throw conversionError(`${label(context.node)} needs [n, h, w, c]; it has ${shapeText(ref.dims)}.`)
  return ref
}

const unary = (op: Unary): Operation => (context) => {
  const { ref, picture } = value(context, 0)
  return { ref: context.builder.unary(op, context.name, ref), picture }
}

const binary = (op: Binary): Operation => ({ builder, node, name, inputs }) => {
  const [a, b] = inputs
  if (!a || !b) throw conversionError(`${label(node)} needs two inputs.`)
  if ('constant' in a && 'constant' in b) throw conversionError(`${label(node)} combines constants in a way that is not supported.`)
  if ('constant' in a) return { ref: builder.binary(op, name, beside(name, a.constant, b as Computed), (b as Computed).ref), picture: (b as Computed).picture }
  if ('constant' in b) return { ref: builder.binary(op, name, a.ref, beside(name, b.constant, a)), picture: a.picture }
  if (a.picture !== b.picture) throw conversionError(`${label(node)} combines a picture with a value of another rank.`)
  return { ref: builder.binary(op, name, a.ref, b.ref), picture: a.picture }
}

const reduce = (op: Reduction): Operation => (context) => {
  const { builder, name, node } = context
  const x = value(context, 0)
  const axes = integers(constant(context, 1)).map((axis) => axis < 0 ? axis + x.ref.dims.length : axis)
  const keep = isSet(node, 'keep_dims')
  // The axes that remain are in TensorFlow's order, which equals ours only when channels, or height and width, are reduced.
  const hasOrder = keep || axes.includes(3) || (axes.includes(1) && axes.includes(2))
  if (x.picture && hasOrder) return { ref: builder.reduce(op, name, x.ref, axes.map((axis) => axisOf(x, axis)), keep), picture: keep }
  return made(builder.reduce(op, name, asTensorFlow(builder, name, x), axes, keep), false)
}

/** Convolution; the kernel is transposed [h, w, in, out] → [out, in, h, w]. */
function convolution (context: Context, bias?: Tensor): Ref {
  const { builder, name, node } = context
  const ref = picture(context)
  const kernel = constant(context, 1)
  const channels = ref.dims[1]
  return builder.conv(name, ref, transposed(kernel, [3, 2, 0, 1]), {
    bias,
    strides: pair(node, 'strides'),
    dilations: pair(node, 'dilations'),
    padding: paddingOf(node),
    group: typeof channels === 'number' && kernel.dims[2] ? channels / kernel.dims[2] : 1
  })
}

/** Depthwise convolution; the kernel is transposed [h, w, channels, multiplier] → [channels · multiplier, 1, h, w]. */
function depthwise (context: Context, bias?: Tensor): Ref {
  const { builder, name, node } = context
  const ref = picture(context)
  const kernel = constant(context, 1)
  const [h = 0, w = 0, channels = 0, multiplier = 0] = kernel.dims
  return builder.conv(name, ref, reshaped(transposed(kernel, [2, 3, 0, 1]), [channels * multiplier, 1, h, w]), {
    bias, strides: pair(node, 'strides'), dilations: pair(node, 'dilations'), padding: paddingOf(node), group: channels
  })
}

/** x · weights; the node may transpose the weights. @throws {Error} ConversionError when it transposes x. */
function product (context: Context, bias?: Tensor): Ref {
  const { builder, name, node } = context
  if (isSet(node, 'transpose_a')) throw conversionError(`${label(node)} transposes its first input, which is not supported.`)
  const weights = constant(context, 1)
  return builder.dense(name, value(context, 0).ref, isSet(node, 'transpose_b') ? weights : transposed(weights, [1, 0]), bias)
}

type Activation = (context: Context, x: Ref, slope: () => Tensor) => Ref
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  Relu: ({ builder, name }, x) => builder.unary('Relu', `${name}/relu`, x),
  Relu6: ({ builder, name }, x) => builder.clip(`${name}/relu6`, x, 0, 6),
  Sigmoid: ({ builder, name }, x) => builder.unary('Sigmoid', `${name}/sigmoid`, x),
  Tanh: ({ builder, name }, x) => builder.unary('Tanh', `${name}/tanh`, x),
  LeakyRelu: ({ builder, name, node }, x) => builder.leakyRelu(`${name}/leaky`, x, numberOf(node, 'leakyrelu_alpha', 0.2)),
  Prelu: ({ builder, name }, x, slope) => builder.prelu(`${name}/prelu`, x, slope())
}

/** `_FusedConv2D` and similar: `fused_ops` names bias and activation, whose constants follow the weights. */
const fused = (operation: (context: Context, bias?: Tensor) => Ref): Operation => (context) => {
  const steps = context.node.attributes['fused_ops']?.list?.s ?? []
  const hasBias = steps[0] === 'BiasAdd'
  return made(steps.slice(hasBias ? 1 : 0).reduce((x, step) => {
    const activation = lookUp(ACTIVATIONS, step)
    if (!activation) throw conversionError(`${label(context.node)} is fused with ${step}, which is not supported.`)
    return activation(context, x, () => perChannel(constant(context, hasBias ? 3 : 2)))
  }, operation(context, hasBias ? perChannel(constant(context, 2)) : undefined)))
}

/** Flattens a constant that lies along the last axis to [c]. */
const perChannel = (tensor: Tensor): Tensor => reshaped(tensor, [elements(tensor.dims)])

const activation = (name: string): Operation => (context) => {
  const { ref, picture } = value(context, 0)
  return { ref: ACTIVATIONS[name]!(context, ref, () => perChannel(constant(context, 1))), picture }
}

const pool = (op: 'maxPool' | 'averagePool'): Operation => (context) => {
  const { builder, name, node } = context
  return made(builder[op](name, picture(context), { kernel: pair(node, 'ksize'), strides: pair(node, 'strides'), padding: paddingOf(node) }))
}

const batchNorm: Operation = (context) => {
  const { builder, name, node } = context
  const ref = picture(context)
  if (node.attributes['is_training']?.b !== false) throw conversionError(`${label(node)} is set to training.`)
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => constant(context, i)) as [Tensor, Tensor, Tensor, Tensor]
  // Default of tensorflow/core/ops/nn_ops.cc.
  return made(builder.batchNorm(name, ref, { gamma, beta, mean, variance, epsilon: numberOf(node, 'epsilon', 1e-4) }))
}

const pass: Operation = (context) => context.inputs[0] ?? value(context, 0)

/** Supported operations, by TensorFlow's name (tensorflow/core/ops/*.cc, 2.19; fused ones as written by TF.js 4.22 and Grappler). */
export const OPERATIONS: Readonly<Record<string, Operation>> = {
  Identity: pass,
  StopGradient: pass,
  Conv2D: (context) => made(convolution(context)),
  _FusedConv2D: fused(convolution),
  DepthwiseConv2dNative: (context) => made(depthwise(context)),
  FusedDepthwiseConv2dNative: fused(depthwise),
  MatMul: (context) => made(product(context)),
  _FusedMatMul: fused(product),
  MaxPool: pool('maxPool'),
  AvgPool: pool('averagePool'),
  FusedBatchNorm: batchNorm,
  FusedBatchNormV2: batchNorm,
  FusedBatchNormV3: batchNorm,
  Add: binary('Add'),
  AddV2: binary('Add'),
  BiasAdd: binary('Add'),
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Relu: unary('Relu'),
  Sigmoid: unary('Sigmoid'),
  Tanh: unary('Tanh'),
  Neg: unary('Neg'),
  Sqrt: unary('Sqrt'),
  Exp: unary('Exp'),
  Relu6: activation('Relu6'),
  Prelu: activation('Prelu'),
  LeakyRelu: ({ builder, name, node, ...context }) => {
    const { ref, picture } = value({ builder, name, node, ...context }, 0)
    return { ref: builder.leakyRelu(name, ref, numberOf(node, 'alpha', 0.2)), picture }
  },
  Rsqrt: (context) => {
    const { ref, picture } = value(context, 0)
    return { ref: context.builder.unary('Reciprocal', context.name, context.builder.unary('Sqrt', `${context.name}/sqrt`, ref)), picture }
  },
  Square: (context) => {
    const { ref, picture } = value(context, 0)
    return { ref: context.builder.binary('Mul', context.name, ref, ref), picture }
  },
  Mean: reduce('ReduceMean'),
  Max: reduce('ReduceMax'),
  Min: reduce('ReduceMin'),
  Sum: reduce('ReduceSum'),
  Softmax: (context) => {
    const x = value(context, 0)
    return { ref: context.builder.softmax(context.name, x.ref, axisOf(x, -1)), picture: x.picture }
  },
  ConcatV2: (context) => {
    const { builder, name, inputs } = context
    const [first, ...others] = inputs.slice(0, -1).map((_, i) => value(context, i))
    if (!first || others.some(({ picture }) => picture !== first.picture)) throw conversionError(`${label(context.node)} joins nothing, or a picture with something else.`)
    const axis = integers(constant(context, inputs.length - 1))[0] ?? 0
    return { ref: builder.concat(name, [first, ...others].map(({ ref }) => ref), axisOf(first, axis)), picture: first.picture }
  },
  Pad: (context) => {
    const x = value(context, 0)
    const pads = integers(constant(context, 1))
    if (pads.length !== 2 * x.ref.dims.length) throw conversionError(`${label(context.node)} has ${pads.length} paddings for ${shapeText(x.ref.dims)}.`)
    const [starts, ends] = [0, 1].map((side) => perAxis(x, x.ref.dims.map((_, axis) => pads[2 * axis + side]!))) as [number[], number[]]
    return { ref: context.builder.pad(context.name, x.ref, starts, ends), picture: x.picture }
  },
  PadV2: (context) => {
    if (floats(constant(context, 2))[0] !== 0) throw conversionError(`${label(context.node)} pads with something else than 0.`)
    return OPERATIONS['Pad']!(context)
  },
  Reshape: (context) => {
    const { builder, name } = context
    const x = value(context, 0)
    const sizes = integers(constant(context, 1))
    const source = asTensorFlow(builder, name, x)
    const [batch, ...rest] = source.dims
    // The first axis stays the batch, even when the file states its size for one picture, unless the reshape moves other axes into it.
    const others = sizes.slice(1)
    const keeps = typeof batch === 'string' && (
      sizes[0] !== -1 || others.includes(-1) || rest.some((dim) => typeof dim === 'string') || elements(others) === elements(rest as number[])
    )
    const dims = sizes.map((size, i) => i === 0 && keeps ? batch : size)
    return fromTensorFlow(builder, name, builder.reshape(name, source, dims))
  },
  ...SIZES,
  Dequantize: dequantize,
  Squeeze: (context) => {
    const { builder, name, node } = context
    const x = asTensorFlow(builder, name, value(context, 0))
    const listed = (node.attributes['squeeze_dims'] ?? node.attributes['axis'])?.list?.i?.map((axis) => axis < 0 ? axis + x.dims.length : axis) ?? []
    const gone = listed.length > 0 ? listed : x.dims.flatMap((dim, i) => dim === 1 ? [i] : [])
    return fromTensorFlow(builder, name, builder.reshape(name, x, x.dims.filter((_, i) => !gone.includes(i))))
  }
}
