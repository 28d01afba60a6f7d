import { conversionError } from '../conversion-error.ts'
import { check } from './check.ts'
import { uniqueNames } from './fresh-names.ts'
import { type NodeAttributes, type Dim, float, type Graph, int, ints, node as makeNode, type Node, string, type Value } from './graph.ts'
import {
  broadcast, concatenated, fromFront, padded, type Padding, padsOf, permuted, reduced, reshaped, sliced, unknown, type Window, windowed
} from './shapes.ts'
import { type DataType, elements, float32, int64, scalar, shapeText, type Tensor } from './tensor.ts'

/**
 * Operator set of the graphs we write, in which ReduceMean still takes its axes as an attribute; all other operations are as in the
 * newest one.
 */
const OPSET = 17

/** A value of the graph: the output of an operation, an input, or a constant. */
export interface Ref {
  readonly name: string
  readonly dims: readonly Dim[]
}

export interface ConvOptions {
  readonly bias?: Tensor | undefined
  readonly strides?: readonly [number, number]
  readonly dilations?: readonly [number, number]
  readonly padding?: Padding
  readonly group?: number
}

export interface PoolOptions {
  readonly kernel: readonly [number, number]
  readonly strides?: readonly [number, number]
  readonly padding?: Padding
  readonly ceil?: boolean
}

export interface BatchNormOptions {
  readonly gamma: Tensor
  readonly beta: Tensor
  readonly mean: Tensor
  readonly variance: Tensor
  readonly epsilon: number
}

/** Operations with one input whose output has the same shape. */
export type Unary = 'Relu' | 'Sigmoid' | 'Tanh' | 'Exp' | 'Log' | 'Sqrt' | 'Neg' | 'Abs' | 'Reciprocal' | 'Identity' | 'HardSwish' | 'Softplus'
/** Operations that combine two values element by element. */
export type Binary = 'Add' | 'Sub' | 'Mul' | 'Div' | 'Min' | 'Max' | 'Pow'
export type Reduction = 'ReduceMean' | 'ReduceMax' | 'ReduceMin' | 'ReduceSum' | 'ReduceL2'

/**
 * Builds a graph operation by operation. Every method takes the name of the value it creates (made unique when it is taken), computes the
 * value's shape, and refuses inputs that cannot fit. Pictures are [n, c, h, w].
 *
 * Every method throws a ConversionError that names the operation, what was expected and what was found.
 *
 * @example
 *     const builder = createBuilder()
 *     const x = builder.input('input', ['n', 3, 112, 112])
 *     const y = builder.unary('Relu', 'relu', builder.conv('conv', x, weights, { padding: 'same' }))
 *     const graph = builder.build('network', { features: y })
 */
export interface Builder {
  /** Adds an input of the graph. A size that is a name is known only when the graph runs. */
  input: (name: string, dims: readonly Dim[], type?: DataType) => Ref
  constant: (name: string, tensor: Tensor) => Ref
  /** Convolution; `weights` are [out, in / group, height, width]. */
  conv: (name: string, x: Ref, weights: Tensor, options?: ConvOptions) => Ref
  /** Computes x · weightsᵀ + bias for x [n, in]; `weights` are [out, in]. */
  dense: (name: string, x: Ref, weights: Tensor, bias?: Tensor) => Ref
  batchNorm: (name: string, x: Ref, options: BatchNormOptions) => Ref
  maxPool: (name: string, x: Ref, options: PoolOptions) => Ref
  /** Mean of the pixels inside the picture: padding is not counted (as in TensorFlow and Keras). */
  averagePool: (name: string, x: Ref, options: PoolOptions) => Ref
  unary: (op: Unary, name: string, x: Ref) => Ref
  binary: (op: Binary, name: string, a: Ref | Tensor, b: Ref | Tensor) => Ref
  /** `slope` is [c], one for each channel. */
  prelu: (name: string, x: Ref, slope: Tensor) => Ref
  leakyRelu: (name: string, x: Ref, slope: number) => Ref
  clip: (name: string, x: Ref, min: number, max: number) => Ref
  softmax: (name: string, x: Ref, axis: number) => Ref
  reduce: (op: Reduction, name: string, x: Ref, axes: readonly number[], keepDims: boolean) => Ref
  concat: (name: string, values: readonly Ref[], axis: number) => Ref
  transpose: (name: string, x: Ref, perm: readonly number[]) => Ref
  /** Reshapes [n, …] to [n, the rest]. */
  flatten: (name: string, x: Ref) => Ref
  /** `dims` may hold one −1 (the remaining elements) and the name of the batch for the size of the first axis. */
  reshape: (name: string, x: Ref, dims: readonly Dim[]) => Ref
  /** Pads with zeros; `starts` and `ends` hold one number for each axis. */
  pad: (name: string, x: Ref, starts: readonly number[], ends: readonly number[]) => Ref
  /** Takes elements `start` up to `end` of an axis; Infinity takes the rest. */
  slice: (name: string, x: Ref, axis: number, start: number, end: number) => Ref
  /** Repeats every pixel `factor` times in both directions. */
  upsample: (name: string, x: Ref, factor: number) => Ref
  /** Adds any other operation; the caller states the shape of its output. Undefined inputs are left out. */
  node: (op: string, name: string, inputs: ReadonlyArray<Ref | undefined>, dims: readonly Dim[], attributes?: NodeAttributes) => Ref
  /** Returns the graph with these outputs, checked. */
  build: (name: string, outputs: Readonly<Record<string, Ref>>) => Graph
}

export function createBuilder (): Builder {
  const fresh = uniqueNames()
  const inputs: Value[] = []
  const nodes: Node[] = []
  const initializers = new Map<string, Tensor>()
  /** One initializer for each tensor, however often it is used. */
  const constants = new Map<Tensor, Ref>()

  function constant (name: string, tensor: Tensor): Ref {
    const known = constants.get(tensor)
    if (known) return known
    const ref = { name: fresh(name), dims: tensor.dims }
    initializers.set(ref.name, tensor)
    constants.set(tensor, ref)
    return ref
  }

  function node (op: string, hint: string, from: ReadonlyArray<Ref | undefined>, dims: readonly Dim[], attributes: NodeAttributes = {}): Ref {
    const name = fresh(hint)
    nodes.push(makeNode(op, from.map((ref) => ref?.name ?? ''), [name], attributes))
    return { name, dims }
  }

  const refOf = (name: string, value: Ref | Tensor): Ref => 'bytes' in value ? constant(name, value) : value

  const pool = (op: 'MaxPool' | 'AveragePool', name: string, x: Ref, { kernel, strides = [1, 1], padding = 'valid', ceil = false }: PoolOptions): Ref => {
    const window = { kernel, strides, padding, dilations: [1, 1], ceil } as const
    return node(op, name, [x], [...x.dims.slice(0, 2), ...windowed(name, window, x.dims)], {
      kernel_shape: ints(kernel), ...windowAttributes(window, x), ...(ceil && { ceil_mode: int(1) })
    })
  }

  return {
    constant,
    node,
    input (hint, dims, type = 'float32') {
      const name = fresh(hint)
      inputs.push({ name, type, dims })
      return { name, dims }
    },
    conv (name, x, weights, { bias, strides = [1, 1], dilations = [1, 1], padding = 'valid', group = 1 }: ConvOptions = {}) {
      const [out = 0, each = 0, height = 0, width = 0] = weights.dims
      expectDims(name, 'weights', weights, [undefined, undefined, undefined, undefined])
      expectSize(name, 'channels', x.dims[1], each * group)
      if (bias) expectDims(name, 'bias', bias, [out])
      if (!(Number.isInteger(group) && out % group === 0)) throw conversionError(`${name}: ${out} kernels for ${each} of ${x.dims[1]!} channels each cannot be shared out.`)
      const window: Window = { kernel: [height, width], strides, dilations, padding }
      const from = [x, constant(`${name}/weights`, weights), ...(bias ? [constant(`${name}/bias`, bias)] : [])]
      return node('Conv', name, from, [x.dims[0]!, out, ...windowed(name, window, x.dims)], {
        kernel_shape: ints([height, width]), ...windowAttributes(window, x), dilations: ints(dilations), group: int(group)
      })
    },
    dense (name, x, weights, bias) {
      const [out = 0, each = 0] = weights.dims
      expectDims(name, 'weights', weights, [undefined, undefined])
      if (x.dims.length !== 2) throw conversionError(`${name} needs [n, values]; it has ${shapeText(x.dims)}.`)
      expectSize(name, 'values', x.dims[1], each)
      if (bias) expectDims(name, 'bias', bias, [out])
      return node('Gemm', name, [x, constant(`${name}/weights`, weights), ...(bias ? [constant(`${name}/bias`, bias)] : [])], [x.dims[0]!, out], { transB: int(1) })
    },
    batchNorm (name, x, { epsilon, ...parameters }) {
      const values = (['gamma', 'beta', 'mean', 'variance'] as const).map((role) => {
        expectSize(name, role, x.dims[1], elements(parameters[role].dims))
        expectDims(name, role, parameters[role], [undefined])
        return constant(`${name}/${role}`, parameters[role])
      })
      return node('BatchNormalization', name, [x, ...values], x.dims, { epsilon: float(epsilon) })
    },
    maxPool: (name, x, options) => pool('MaxPool', name, x, options),
    averagePool: (name, x, options) => pool('AveragePool', name, x, options),
    unary: (op, name, x) => node(op, name, [x], x.dims),
    binary (op, name, a, b) {
      const [left, right] = [refOf(`${name}/a`, a), refOf(`${name}/b`, b)]
      return node(op, name, [left, right], broadcast(name, left.dims, right.dims))
    },
    prelu (name, x, slope) {
      expectSize(name, 'channels', x.dims[1], elements(slope.dims))
      const each = { ...slope, dims: [elements(slope.dims), ...x.dims.slice(2).map(() => 1)] }
      return node('PRelu', name, [x, constant(`${name}/slope`, each)], x.dims)
    },
    leakyRelu: (name, x, slope) => node('LeakyRelu', name, [x], x.dims, { alpha: float(slope) }),
    clip: (name, x, min, max) => node('Clip', name, [x, constant(`${name}/min`, scalar(min)), constant(`${name}/max`, scalar(max))], x.dims),
    softmax: (name, x, axis) => node('Softmax', name, [x], x.dims, { axis: int(axis) }),
    reduce (op, name, x, axes, keepDims) {
      const all = axes.map((axis) => fromFront(axis, x.dims.length))
      const dims = reduced(name, x.dims, all, keepDims)
      const keep = int(keepDims ? 1 : 0)
      // ReduceSum is the only reduction that takes its axes as an input, since operator set 13.
      if (op === 'ReduceSum') return node(op, name, [x, constant(`${name}/axes`, int64(all))], dims, { keepdims: keep })
      return node(op, name, [x], dims, { axes: ints(all), keepdims: keep })
    },
    concat (name, values, axis) {
      const at = fromFront(axis, values[0]?.dims.length ?? 0)
      return node('Concat', name, values, concatenated(name, values.map(({ dims }) => dims), at), { axis: int(at) })
    },
    transpose (name, x, perm) {
      return node('Transpose', name, [x], permuted(name, x.dims, perm), { perm: ints(perm) })
    },
    flatten: (name, x) => node('Flatten', name, [x], [x.dims[0]!, product(name, x.dims.slice(1))], { axis: int(1) }),
    reshape (name, x, dims) {
      const stated = reshaped(name, x.dims, dims)
      // In ONNX a 0 stands for the input's size on that axis, a −1 for the remaining elements.
      const shape = dims.map((dim, i) => typeof dim === 'number' ? dim : i === 0 && dim === x.dims[0] ? 0 : -1)
      if (shape.filter((dim) => dim === -1).length > 1) throw conversionError(`${name} has several unknown sizes: ${shapeText(dims)}.`)
      return node('Reshape', name, [x, constant(`${name}/shape`, int64(shape))], stated)
    },
    pad (name, x, starts, ends) {
      return node('Pad', name, [x, constant(`${name}/pads`, int64([...starts, ...ends]))], padded(name, x.dims, starts, ends), { mode: string('constant') })
    },
    slice (name, x, axis, start, end) {
      const at = fromFront(axis, x.dims.length)
      const one = (role: string, value: number) => constant(`${name}/${role}`, int64([value]))
      return node('Slice', name, [x, one('start', start), one('end', Math.min(end, Number.MAX_SAFE_INTEGER)), one('axis', at)], sliced(name, x.dims, at, start, end))
    },
    upsample (name, x, factor) {
      const dims = x.dims.map((dim, i): Dim => i < 2 ? dim : typeof dim === 'number' ? dim * factor : unknown(name, i))
      return node('Resize', name, [x, undefined, constant(`${name}/scales`, float32(Float32Array.of(1, 1, factor, factor)))], dims, {
        mode: string('nearest'), coordinate_transformation_mode: string('asymmetric'), nearest_mode: string('floor')
      })
    },
    build (name, outputs) {
      // An inner value that has the name of an output is renamed, unless it is that output.
      const renamed = new Map<string, string>()
      const rename = (value: string): string => renamed.get(value) ?? value
      const made = new Set(nodes.flatMap((one) => one.outputs))
      const given = Object.entries(outputs).filter(([output, ref]) => ref.name !== output)
      for (const [output] of given) {
        if (inputs.some((input) => input.name === output)) throw conversionError(`The output ${output} has the name of an input.`)
        if (initializers.has(output) || made.has(output)) renamed.set(output, fresh(`${output}/within`))
      }
      return check({
        name,
        opsets: new Map([['', OPSET]]),
        inputs,
        outputs: Object.entries(outputs).map(([output, { dims }]) => ({ name: output, type: 'float32', dims })),
        initializers: new Map(Array.from(initializers, ([value, tensor]) => [rename(value), tensor])),
        nodes: [
          ...nodes.map((one) => ({ ...one, name: rename(one.name), inputs: one.inputs.map(rename), outputs: one.outputs.map(rename) })),
          ...given.map(([output, ref]) => makeNode('Identity', [rename(ref.name)], [output]))
        ],
        metadata: new Map()
      })
    }
  }
}

function windowAttributes (window: Window, x: Ref): NodeAttributes {
  const pads = padsOf(window, x.dims)
  return { strides: ints(window.strides), ...(pads === 'same' ? { auto_pad: string('SAME_UPPER') } : { pads: ints(pads) }) }
}

function expectDims (name: string, role: string, { dims }: Tensor, expected: ReadonlyArray<number | undefined>): void {
  const fits = dims.length === expected.length && expected.every((size, i) => size === undefined || size === dims[i])
  if (!fits) throw conversionError(`${name}: its ${role} should have the shape ${shapeText(expected.map((size) => size ?? '?'))}, and have ${shapeText(dims)}.`)
}

function expectSize (name: string, role: string, found: Dim | undefined, expected: number): void {
  if (typeof found !== 'string' && found !== expected) throw conversionError(`${name}: its weights are for ${expected} ${role}, and there are ${found ?? 'none'}.`)
}

const product = (name: string, dims: readonly Dim[]): Dim =>
  dims.every((dim) => typeof dim === 'number') ? elements(dims as readonly number[]) : unknown(name, 1)
