import { conversionError } from '../../conversion-error.ts'
import type { Binary, Builder, PoolOptions, Ref, Reduction, Unary } from '../../graph/builder.ts'
import type { Padding } from '../../graph/shapes.ts'
import { elements, integers, reshaped, scalar, shapeText, type Tensor } from '../../graph/tensor.ts'
import { asTensorFlow, axisOf, beside, type Computed, computed, fromTensorFlow, made, perAxis } from '../tensorflow/operand.ts'
import type { Operation, Translation } from './operation.ts'
import { repeated, stridedSlice, transpose } from './rearranging.ts'

/** `padding`, `stride_w` and `stride_h` have the same ids in the options of convolutions and pools. */
const paddingOf = ({ options }: Operation): Padding => options.int8(0) === 0 ? 'same' : 'valid'
const stridesOf = (operation: Operation): [number, number] => pairOf(operation, 2, 1)

/** Height and width in pixels, from the fields with these ids. */
function pairOf ({ name, options }: Operation, height: number, width: number): [number, number] {
  const pair: [number, number] = [options.int32(height), options.int32(width)]
  if (pair.some((size) => size < 1)) throw conversionError(`${name}: a window cannot have the sizes or strides ${pair.join(', ')}.`)
  return pair
}

/** An absent dilation is 1, not 0 as for other fields. */
const dilationsOf = ({ options }: Operation, width: number): [number, number] => [Math.max(1, options.int32(width + 1)), Math.max(1, options.int32(width))]

function channelsOf ({ name }: Operation, { dims }: Ref): number {
  if (dims.length !== 4 || typeof dims[1] !== 'number') throw conversionError(`${name} needs pictures; its input has the shape ${shapeText(dims)}.`)
  return dims[1]
}

/** Applies the fused `ActivationFunctionType` that most operators have, stored in field `id`. */
function activated ({ builder, name, options }: Operation, id: number, x: Ref): Computed {
  const code = options.int8(id)
  switch (code) {
    case 0: return made(x)
    case 1: return made(builder.unary('Relu', `${name}/relu`, x))
    case 2: return made(builder.clip(`${name}/relu_n1_to_1`, x, -1, 1))
    case 3: return made(builder.clip(`${name}/relu6`, x, 0, 6))
    case 4: return made(builder.unary('Tanh', `${name}/tanh`, x))
    default: throw conversionError(`${name}: the activation ${code} is not supported.`)
  }
}

function weightsOf ({ name, constant }: Operation, rank: number): Tensor {
  const weights = constant(1)
  if (!weights) throw conversionError(`${name}: its weights are no constant.`)
  if (weights.dims.length !== rank) throw conversionError(`${name}: its weights have ${weights.dims.length} axes; ${rank} are expected.`)
  return weights
}

/** Weights are [out, h, w, in / group]; the group count follows from the input's channels. */
function conv (operation: Operation): Computed {
  const { builder, name, value, constant, reordered } = operation
  const x = value(0).ref
  const weights = reordered(weightsOf(operation, 4), [0, 3, 1, 2])
  const group = channelsOf(operation, x) / weights.dims[1]!
  return activated(operation, 3, builder.conv(name, x, weights, {
    bias: constant(2),
    strides: stridesOf(operation),
    dilations: dilationsOf(operation, 4),
    padding: paddingOf(operation),
    group: Number.isInteger(group) && group > 0 ? group : 1
  }))
}

/** Weights are [1, h, w, out], where out holds the `depth_multiplier` results of each channel, side by side. */
function depthwise (operation: Operation): Computed {
  const { builder, name, value, constant, reordered } = operation
  const x = value(0).ref
  return activated(operation, 4, builder.conv(name, x, reordered(weightsOf(operation, 4), [3, 0, 1, 2]), {
    bias: constant(2),
    strides: stridesOf(operation),
    dilations: dilationsOf(operation, 5),
    padding: paddingOf(operation),
    group: channelsOf(operation, x)
  }))
}

/**
 * The input is treated as rows of as many values as the weights [out, in] take, whatever its axes. When the result keeps the axes of a
 * picture (`keep_num_dims`), each pixel is such a row: a 1 × 1 convolution.
 */
function dense (operation: Operation): Computed {
  const { builder, name, value, constant, shape } = operation
  const weights = weightsOf(operation, 2)
  const bias = constant(2)
  if (shape.length === 4) {
    const x = value(0).ref
    channelsOf(operation, x)
    return activated(operation, 0, builder.conv(name, x, reshaped(weights, [...weights.dims, 1, 1]), { bias }))
  }
  if (shape.length !== 2) throw conversionError(`${name}: FULLY_CONNECTED is supported where it makes [n, values] or a picture, not ${shape.length} axes.`)
  const x = asTensorFlow(builder, name, value(0))
  const rows = x.dims.length === 2 ? x : builder.flatten(`${name}/rows`, x)
  return activated(operation, 0, builder.dense(name, rows, weights, bias))
}

function pool (make: (builder: Builder) => (name: string, x: Ref, options: PoolOptions) => Ref): Translation {
  return (operation) => {
    const { builder, name, value } = operation
    const pooled = make(builder)(name, value(0).ref, {
      kernel: pairOf(operation, 4, 3), strides: stridesOf(operation), padding: paddingOf(operation)
    })
    return activated(operation, 5, pooled)
  }
}

const unary = (op: Unary): Translation => ({ builder, name, value }) => made(builder.unary(op, name, value(0).ref))

const binary = (op: Binary): Translation => (operation) => {
  const { builder, name, value, constant } = operation
  const [a, b] = [constant(0), constant(1)]
  const [left, right] = [a && !b ? beside(name, a, value(1)) : value(0), b ? beside(name, b, value(0)) : value(1)]
  const refs = [left, right].map((side) => 'ref' in side ? side.ref : side)
  if ('ref' in left && 'ref' in right && left.picture !== right.picture) throw conversionError(`${name} combines a picture with a value of another rank.`)
  return activated(operation, 0, builder.binary(op, name, refs[0]!, refs[1]!))
}

/** Reshapes to the output shape in the file; the batch stays the batch, and an open size becomes −1, the remainder. */
const reshape: Translation = ({ builder, name, value, shape, signature }) => {
  const x = asTensorFlow(builder, name, value(0))
  const [batch] = x.dims
  const dims = shape.map((size, i) => i === 0 && size === 1 && typeof batch === 'string' ? batch : signature[i] === -1 ? -1 : size)
  return fromTensorFlow(builder, name, builder.reshape(name, x, dims))
}

const pad: Translation = ({ builder, name, value, constant }) => {
  const x = value(0)
  const amounts = integers(constant(1) ?? scalar(0))
  if (amounts.length !== 2 * x.ref.dims.length || amounts.some((amount) => amount < 0)) {
    throw conversionError(`${name}: ${amounts.length} numbers are no padding of ${x.ref.dims.length} axes, or some are negative.`)
  }
  const [starts, ends] = [0, 1].map((end) => perAxis(x, amounts.filter((_, i) => i % 2 === end)))
  return made(builder.pad(name, x.ref, starts!, ends!))
}

const concat: Translation = (operation) => {
  const { builder, name, value, constant, options, inputs } = operation
  const values = Array.from({ length: inputs }, (_, i) => value(i))
  if (!values[0]) throw conversionError(`${name} joins nothing.`)
  const axis = axisOf(values[0], options.int32(0))
  const batch = values.find(({ ref: { dims } }) => typeof dims[0] === 'string')?.ref
  const refs = values.map(({ ref }, i) => batch && axis !== 0 && constant(i) ? repeated(builder, `${name}/repeated`, ref, batch) : ref)
  return activated(operation, 1, builder.concat(name, refs, axis))
}

const squaredDifference: Translation = (operation) => {
  const { builder, name } = operation
  const { ref, picture } = computed(builder, name, binary('Sub')({ ...operation, name: `${name}/difference` }))
  return made(builder.binary('Mul', name, ref, ref), picture)
}

const reduce = (op: Reduction): Translation => ({ builder, name, value, constant, options }) => {
  const x = value(0)
  const axes = integers(constant(1) ?? scalar(0))
  const keepDims = options.int8(0) !== 0
  const ours = axes.map((axis) => axisOf(x, axis))
  // The remaining axes must be in the file's order, which equals ours when all channels are reduced, or height and width are.
  const sameOrder = keepDims || !x.picture || ours.includes(1) || (ours.includes(2) && ours.includes(3))
  return made(sameOrder ? builder.reduce(op, name, x.ref, ours, keepDims) : builder.reduce(op, name, asTensorFlow(builder, name, x), axes, keepDims))
}

const softmax: Translation = ({ builder, name, value, options }) => {
  const x = value(0)
  const beta = options.float32(0)
  return made(builder.softmax(name, beta === 1 ? x.ref : builder.binary('Mul', `${name}/beta`, x.ref, scalar(beta)), axisOf(x, -1)))
}

/** x / max(‖x‖, √1e-6) over the last axis (TensorFlow Lite, kernels/internal/reference/l2normalization.h). */
const l2Normalization: Translation = (operation) => {
  const { builder, name, value } = operation
  const x = value(0)
  const length = builder.reduce('ReduceL2', `${name}/length`, x.ref, [axisOf(x, -1)], true)
  return activated(operation, 0, builder.binary('Div', name, x.ref, builder.binary('Max', `${name}/least`, length, scalar(1e-3))))
}

const prelu: Translation = ({ builder, name, value, constant }) => {
  const slope = constant(1)
  if (!slope) throw conversionError(`${name}: its slopes are no constant.`)
  return made(builder.prelu(name, value(0).ref, reshaped(slope, [elements(slope.dims)])))
}

/** Translations of the supported operators, by their names in `BuiltinOperator`. */
export const TRANSLATIONS: Readonly<Record<string, Translation>> = {
  CONV_2D: conv,
  DEPTHWISE_CONV_2D: depthwise,
  FULLY_CONNECTED: dense,
  MAX_POOL_2D: pool(({ maxPool }) => maxPool),
  AVERAGE_POOL_2D: pool(({ averagePool }) => averagePool),
  ADD: binary('Add'),
  SUB: binary('Sub'),
  MUL: binary('Mul'),
  DIV: binary('Div'),
  MAXIMUM: binary('Max'),
  MINIMUM: binary('Min'),
  RELU: unary('Relu'),
  RELU6: ({ builder, name, value }) => made(builder.clip(name, value(0).ref, 0, 6)),
  LOGISTIC: unary('Sigmoid'),
  TANH: unary('Tanh'),
  NEG: unary('Neg'),
  HARD_SWISH: unary('HardSwish'),
  SQRT: unary('Sqrt'),
  RSQRT: ({ builder, name, value }) => made(builder.unary('Reciprocal', name, builder.unary('Sqrt', `${name}/root`, value(0).ref))),
  SQUARE: ({ builder, name, value }) => made(builder.binary('Mul', name, value(0).ref, value(0).ref)),
  LEAKY_RELU: ({ builder, name, value, options }) => made(builder.leakyRelu(name, value(0).ref, options.float32(0))),
  PRELU: prelu,
  SOFTMAX: softmax,
  L2_NORMALIZATION: l2Normalization,
  MEAN: reduce('ReduceMean'),
  SUM: reduce('ReduceSum'),
  CONCATENATION: concat,
  PAD: pad,
  RESHAPE: reshape,
  SQUEEZE: reshape,
  TRANSPOSE: transpose,
  SQUARED_DIFFERENCE: squaredDifference,
  STRIDED_SLICE: stridedSlice,
  // Constants are float32 already, and an eight-bit result is rounded by the operator that produces it.
  DEQUANTIZE: ({ value, constant }) => {
    const known = constant(0)
    return known ? { constant: known } : value(0)
  },
  QUANTIZE: ({ value }) => value(0)
}
