import { conversionError } from '../conversion-error.ts'
import { type Builder, createBuilder, type Ref } from '../graph/builder.ts'
import type { Dim, Graph } from '../graph/graph.ts'
import { elements, float32, reshaped, scalar, shapeText, type Tensor, transposed } from '../graph/tensor.ts'
import type { Layer, Pair } from '../importers/dlib/dlib-layers.ts'
import type { DlibNetwork } from '../importers/dlib/network.ts'

/**
 * dlib's face descriptor: a ResNet of 29 convolutions, a reduced ResNet-34 with half the filters. He et al., "Deep Residual Learning for
 * Image Recognition", CVPR 2016, arXiv:1512.03385; the architecture is `anet_type` of dlib 20.0 `examples/dnn_face_recognition_ex.cpp`,
 * the weights `dlib_face_recognition_resnet_model_v1.dat`.
 *
 * Input `input` float32 [n, 3, 150, 150], RGB, 0..255; the network itself subtracts the mean stored in its file. Output `descriptor`
 * float32 [n, 128], not scaled to length 1: two faces count as one person below a Euclidean distance of 0.6.
 */
const STEM = { filters: 32, kernel: 7, stride: 2 } as const

/** Blocks in order; `down` halves the resolution. */
const BLOCKS = [
  { filters: 32, down: false }, { filters: 32, down: false }, { filters: 32, down: false },
  { filters: 64, down: true }, { filters: 64, down: false }, { filters: 64, down: false }, { filters: 64, down: false },
  { filters: 128, down: true }, { filters: 128, down: false }, { filters: 128, down: false },
  { filters: 256, down: true }, { filters: 256, down: false }, { filters: 256, down: false },
  { filters: 256, down: true }
] as const

const SIZE = 150
/** Divisor of the pixels: dlib 20.0 `dnn/input.h`. */
const SCALE = 256
const LENGTH = 128

/** Builds the network. @throws {Error} ConversionError naming the layer in which the file differs from this architecture. */
export function dlibResnet ({ input, layers }: DlibNetwork): Graph {
  if (input.height !== SIZE || input.width !== SIZE) throw conversionError(`The descriptor network takes ${SIZE} × ${SIZE} pixels; this file's takes ${input.height} × ${input.width}.`)
  const file = inOrder(layers)
  const builder = createBuilder()
  const { filters, kernel, stride } = STEM
  const pixels = builder.binary('Sub', 'input/centred', builder.input('input', ['n', 3, SIZE, SIZE]), float32(Float32Array.from(input.mean), [3, 1, 1]))
  let x = builder.binary('Mul', 'input/scaled', pixels, scalar(1 / SCALE))
  x = normalised(builder, file, 'stem', x, filters, kernel, stride)
  x = relu(builder, file, 'stem/relu', x)
  x = pool(builder, file, 'max_pool', 'stem/pool', x, 3)
  for (const [i, { filters, down }] of BLOCKS.entries()) x = block(builder, file, `block${i + 1}`, x, filters, down)
  expectPair('pool', 'kernel', file('avg_pool', 'pool').kernel, 0)
  const { weights } = file('fc', 'descriptor')
  const pooled = builder.reduce('ReduceMean', 'pool', x, [2, 3], false)
  const descriptor = builder.dense('descriptor', pooled, transposed(weights, [1, 0]))
  if (descriptor.dims[1] !== LENGTH) throw conversionError(`The descriptor has ${LENGTH} values; this file's has ${descriptor.dims[1]}.`)
  file('end', 'the descriptor')
  return builder.build('dlib_face_recognition_resnet_model_v1', { descriptor })
}

/** Returns the next layer of the file, which must be of the kind that the architecture has there. */
type File = <K extends Layer['kind'] | 'end'>(kind: K, name: string) => Extract<Layer, { readonly kind: K }>

function inOrder (layers: readonly Layer[]): File {
  let at = 0
  return <K extends Layer['kind'] | 'end'>(kind: K, name: string) => {
    const found = layers[at++]
    if ((found?.kind ?? 'end') !== kind) throw conversionError(`${name} should be layer ${at} of the file, of kind ${kind}; there is ${found?.kind ?? 'none'}.`)
    return found as Extract<Layer, { readonly kind: K }>
  }
}

/**
 * A residual block: relu(F(x) + x). When the block halves the resolution, x is halved by averaging. The smaller of F(x) and x is padded
 * with zeros.
 */
function block (builder: Builder, file: File, name: string, x: Ref, filters: number, down: boolean): Ref {
  file('mark', `${name}/tag1`)
  let main = normalised(builder, file, `${name}/conv1`, x, filters, 3, down ? 2 : 1)
  main = relu(builder, file, `${name}/relu1`, main)
  main = normalised(builder, file, `${name}/conv2`, main, filters, 3, 1)
  let skip = x
  if (down) {
    file('mark', `${name}/tag2`)
    file('mark', `${name}/skip1`)
    skip = pool(builder, file, 'avg_pool', `${name}/skip`, x, 2)
  }
  file('add_prev', `${name}/sum`)
  const larger = main.dims.map((dim, i) => i === 0 ? dim : Math.max(Number(dim), Number(skip.dims[i])))
  const sum = builder.binary('Add', `${name}/sum`, extended(builder, `${name}/main`, main, larger), extended(builder, `${name}/skip`, skip, larger))
  return relu(builder, file, `${name}/relu2`, sum)
}

/** A convolution with a bias and its folded batch normalisation. Padding keeps the size, but only when the stride is 1. */
function normalised (builder: Builder, file: File, name: string, x: Ref, filters: number, kernel: number, stride: number): Ref {
  const padding = stride === 1 ? (kernel - 1) / 2 : 0
  const { weights, bias, ...found } = file('con', name)
  const expected = [filters, Number(x.dims[1]), kernel, kernel]
  if (shapeText(weights.dims) !== shapeText(expected)) throw conversionError(`${name}: weights of shape ${shapeText(expected)} were expected; the file has ${shapeText(weights.dims)}.`)
  expectPair(name, 'stride', found.stride, stride)
  expectPair(name, 'padding', found.padding, padding)
  const y = builder.conv(name, x, weights, { bias, strides: [stride, stride], padding: [padding, padding, padding, padding] })
  const { scale, shift } = file('affine', `${name}/affine`)
  const each = (values: Tensor): Tensor => reshaped(values, [elements(values.dims), 1, 1])
  return builder.binary('Add', `${name}/shift`, builder.binary('Mul', `${name}/scale`, y, each(scale)), each(shift))
}

function relu (builder: Builder, file: File, name: string, x: Ref): Ref {
  file('relu', name)
  return builder.unary('Relu', name, x)
}

/** Pooling over windows of `kernel` pixels with a stride of two, without padding. */
function pool (builder: Builder, file: File, kind: 'max_pool' | 'avg_pool', name: string, x: Ref, kernel: number): Ref {
  const found = file(kind, name)
  expectPair(name, 'kernel', found.kernel, kernel)
  expectPair(name, 'stride', found.stride, 2)
  expectPair(name, 'padding', found.padding, 0)
  const options = { kernel: [kernel, kernel], strides: [2, 2] } as const
  return kind === 'max_pool' ? builder.maxPool(name, x, options) : builder.averagePool(name, x, options)
}

/** Pads with zeros after the last channel, row and column, up to `dims`. */
function extended (builder: Builder, name: string, x: Ref, dims: readonly Dim[]): Ref {
  const missing = dims.map((dim, i) => i === 0 ? 0 : Number(dim) - Number(x.dims[i]))
  return missing.every((size) => size === 0) ? x : builder.pad(`${name}/zeros`, x, [0, 0, 0, 0], missing)
}

function expectPair (name: string, what: string, [height, width]: Pair, expected: number): void {
  if (height !== expected || width !== expected) throw conversionError(`${name}: a ${what} of ${expected} was expected; the file has ${height} × ${width}.`)
}
