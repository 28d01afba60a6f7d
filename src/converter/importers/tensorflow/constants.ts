import { broadcast } from '../../graph/shapes.ts'
import { elements, floats, lazy, type Tensor } from '../../graph/tensor.ts'
import { lookUp } from '../table.ts'

/** Arithmetic on constants, as in graphs that spell out a BatchNormalization: `x · rsqrt(variance + ε) · γ …`. */
const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Rsqrt: (x) => 1 / Math.sqrt(x),
  Sqrt: Math.sqrt,
  Neg: (x) => -x,
  Square: (x) => x * x,
  Exp: Math.exp,
  Reciprocal: (x) => 1 / x
}
const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  AddV2: (a, b) => a + b,
  BiasAdd: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  RealDiv: (a, b) => a / b,
  Maximum: Math.max,
  Minimum: Math.min
}

/** Evaluates `op` on constants, in double precision and rounded once; undefined when the operation or its inputs are not supported. */
export function folded (name: string, op: string, inputs: readonly Tensor[]): Tensor | undefined {
  if (inputs.some(({ type }) => type !== 'float32')) return undefined
  const [a, b] = inputs
  const [unary, binary] = [lookUp(UNARY, op), lookUp(BINARY, op)]
  if (unary && a && inputs.length === 1) return lazy(a.dims, () => floats(a).map(unary))
  if (!binary || !a || !b || inputs.length !== 2) return undefined
  const dims = broadcast(name, a.dims, b.dims) as number[]
  return lazy(dims, () => {
    const [left, right] = [spread(a, dims), spread(b, dims)]
    return Float32Array.from({ length: elements(dims) }, (_, i) => binary(left(i), right(i)))
  })
}

/** Returns a function from an index into the broadcast shape `dims` to the element of `tensor` there. */
function spread (tensor: Tensor, dims: readonly number[]): (i: number) => number {
  const values = floats(tensor)
  const own = [...Array.from({ length: dims.length - tensor.dims.length }, () => 1), ...tensor.dims]
  return (i) => {
    let at = 0
    let rest = i
    for (let axis = dims.length - 1, stride = 1; axis >= 0; axis--) {
      const index = rest % dims[axis]!
      rest = Math.floor(rest / dims[axis]!)
      if (own[axis] !== 1) at += index * stride
      stride *= own[axis]!
    }
    return values[at]!
  }
}
