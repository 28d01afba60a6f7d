import type { GraphQueries } from './graph-queries.ts'
import { numberOf, type Node } from './graph.ts'
import { elements, floats, type Tensor } from './tensor.ts'

/** y = scale[c] · x + shift[c] for each channel c, axis 1 of x. Arrays of one value apply to all channels. */
export interface Affine {
  /** Name of the value that it is applied to. */
  readonly input: string
  readonly scale: Float64Array
  readonly shift: Float64Array
}

/**
 * Returns what `node` computes when that is an affine map for each channel with constants: BatchNormalization in inference, or Add, Sub,
 * Mul, Div with a constant of one value or of a shape along axis 1 ([C, 1, 1] for pictures, [C] for rows; `rank` says which).
 */
export function affineOf (node: Node, rank: number, { constant }: GraphQueries): Affine | undefined {
  const { op, inputs: [a = '', b = '', ...rest] } = node
  if (node.domain !== '') return undefined
  if (op === 'BatchNormalization') {
    const parameters = [b, ...rest].map(constant)
    const isInference = node.outputs.filter(Boolean).length === 1 && numberOf(node, 'training_mode', 0) === 0
    if (!isInference || parameters.length !== 4 || !parameters.every(isFloat32)) return undefined
    const [gamma, beta, mean, variance] = parameters.map(floats) as [Float32Array, Float32Array, Float32Array, Float32Array]
    return { input: a, ...normalisation(gamma, beta, mean, variance, numberOf(node, 'epsilon', 1e-5)) }
  }
  const [left, right] = [along(constant(a), rank), along(constant(b), rank)]
  const values = left ?? right
  if (!values || (left && right)) return undefined
  const input = left ? b : a
  const each = (value: (x: number) => number) => Float64Array.from(values, value)
  switch (op) {
    case 'Add': return { input, scale: each(() => 1), shift: each((x) => x) }
    case 'Mul': return { input, scale: each((x) => x), shift: each(() => 0) }
    case 'Sub': return left ? { input, scale: each(() => -1), shift: each((x) => x) } : { input, scale: each(() => 1), shift: each((x) => -x) }
    case 'Div': return left ? undefined : { input, scale: each((x) => 1 / x), shift: each(() => 0) }
  }
  return undefined
}

/**
 * Combines the chain of affine nodes that ends in the value `name` of `rank` axes and that nothing else reads into one; `length` is the
 * number of nodes. Undefined when there is none.
 */
export function affineBefore (name: string, rank: number, queries: GraphQueries): Affine & { readonly length: number } | undefined {
  let whole: Affine & { readonly length: number } | undefined
  for (let input = name; ; input = whole.input) {
    const maker = queries.uses(input) === 1 ? queries.maker(input) : undefined
    const before = maker && affineOf(maker, rank, queries)
    if (!before) return whole
    whole = whole ? { ...composed(before, whole), length: whole.length + 1 } : { ...before, length: 1 }
  }
}

/** Composition: `a` first, then `b`. */
function composed (a: Affine, b: Affine): Affine {
  const channels = Math.max(...[a.scale, a.shift, b.scale, b.shift].map(({ length }) => length))
  const each = (value: (c: number) => number) => Float64Array.from({ length: channels }, (_, c) => value(c))
  return {
    input: a.input,
    scale: each((c) => channel(a.scale, c) * channel(b.scale, c)),
    shift: each((c) => channel(a.shift, c) * channel(b.scale, c) + channel(b.shift, c))
  }
}

const isFloat32 = (tensor: Tensor | undefined): tensor is Tensor => tensor?.type === 'float32'

/** BatchNormalization expressed as scale and shift. Ioffe & Szegedy 2015, arXiv:1502.03167, algorithm 2. */
function normalisation (
  gamma: Float32Array,
  beta: Float32Array,
  mean: Float32Array,
  variance: Float32Array,
  epsilon: number
): Pick<Affine, 'scale' | 'shift'> {
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt(variance[c]! + epsilon))
  return { scale, shift: Float64Array.from(beta, (b, c) => b - mean[c]! * scale[c]!) }
}

/** Returns the values of a constant with one element, or of one that lies along axis 1 of a value with `rank` axes. */
function along (tensor: Tensor | undefined, rank: number): Float32Array | undefined {
  if (tensor?.type !== 'float32') return undefined
  if (elements(tensor.dims) === 1 && tensor.dims.length <= rank) return floats(tensor)
  const padded = [...Array.from({ length: rank - tensor.dims.length }, () => 1), ...tensor.dims]
  return padded.length === rank && padded.every((dim, axis) => dim === 1 || axis === 1) ? floats(tensor) : undefined
}

/** Returns the value for channel `c` of an array that may hold one value for all channels. */
export const channel = (values: Float64Array, c: number): number => values.length === 1 ? values[0]! : values[c]!
