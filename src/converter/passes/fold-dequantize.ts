import { type Node, numberOf, type Pass } from '../graph/graph.ts'
import { reshaped as reshapedDims } from '../graph/shapes.ts'
import { elements, floats, integers, lazy, reshaped, type Tensor } from '../graph/tensor.ts'

/**
 * Turns weights that are stored in eight bits into float32: a DequantizeLinear of constants becomes its result, and so does the Reshape of
 * one. ONNX Runtime would widen the weights in every run, and 1.30 refuses scales for blocks of a bias: YuNet's graph takes 25 ms for
 * 640 × 640 pixels with its weights in eight bits, and 11 folded.
 */
export const foldDequantize: Pass = (graph) => {
  const initializers = new Map(graph.initializers)
  const widened = new Set<string>()
  const nodes = graph.nodes.filter((node) => {
    const [output = '', ...others] = node.outputs
    const result = node.domain === '' && others.length === 0 ? foldedValue(node) : undefined
    if (!result) return true
    initializers.set(output, result)
    widened.add(output)
    return false
  })
  return { ...graph, nodes, initializers }

  /** Returns the value of a node that can be computed now. */
  function foldedValue (node: Node): Tensor | undefined {
    const [first = '', second = '', third = ''] = node.inputs
    const [data, by] = [initializers.get(first), initializers.get(second)]
    if (!data || !by) return undefined
    if (node.op === 'DequantizeLinear') return third === '' || initializers.has(third) ? dequantised(node, data, by, initializers.get(third)) : undefined
    return node.op === 'Reshape' && widened.has(first) && by.type === 'int64' ? reshaped(data, dimsOf(node, data, integers(by))) : undefined
  }
}

/** A size of 0 is that of the input, unless `allowzero` is set (ONNX, Reshape-14). */
const dimsOf = (node: Node, { dims }: Tensor, shape: readonly number[]): number[] =>
  reshapedDims(node.name, dims, shape.map((size, i) => size === 0 && numberOf(node, 'allowzero', 0) === 0 ? dims[i] ?? 0 : size)) as number[]

/**
 * Returns (stored − zero) · scale (ONNX, DequantizeLinear-21): with one scale for all values, one for each index along `axis`, or one for
 * each `block_size` of them. Undefined when the node holds something else.
 */
function dequantised (node: Node, stored: Tensor, scale: Tensor, zero: Tensor | undefined): Tensor | undefined {
  const pairOf = pairsOf(node, stored.dims, scale.dims)
  if (!isInteger(stored) || scale.type !== 'float32' || !pairOf) return undefined
  if (zero && (!isInteger(zero) || elements(zero.dims) !== elements(scale.dims))) return undefined
  return lazy(stored.dims, () => {
    const [values, scales, zeros] = [numbers(stored), floats(scale), zero && numbers(zero)]
    const real = new Float32Array(values.length)
    for (let i = 0; i < real.length; i++) {
      const pair = pairOf(i)
      real[i] = (values[i]! - (zeros?.[pair] ?? 0)) * scales[pair]!
    }
    return real
  })
}

/** Returns which scale belongs to an element; undefined when there are not as many scales as there should be. */
function pairsOf (node: Node, dims: readonly number[], scales: readonly number[]): ((i: number) => number) | undefined {
  // A block may be longer than its axis: YuNet's biases have blocks of 64 and one scale.
  if (elements(scales) === 1) return () => 0
  const rank = dims.length
  const given = numberOf(node, 'axis', 1)
  const axis = given < 0 ? given + rank : given
  const size = dims[axis]
  if (size === undefined) return undefined
  const inner = elements(dims.slice(axis + 1))
  const block = numberOf(node, 'block_size', 0)
  if (block === 0) return scales.length === 1 && scales[0] === size ? (i) => Math.floor(i / inner) % size : undefined
  const blocks = Math.ceil(size / block)
  const expected = dims.map((dim, i) => i === axis ? blocks : dim)
  if (expected.length !== scales.length || expected.some((dim, i) => dim !== scales[i])) return undefined
  return (i) => {
    const [outer, position] = [Math.floor(i / (inner * size)), Math.floor(i / inner) % size]
    return (outer * blocks + Math.floor(position / block)) * inner + i % inner
  }
}

const isInteger = ({ type }: Tensor): boolean => type === 'int8' || type === 'uint8' || type === 'int32'

function numbers (tensor: Tensor): Int8Array | Uint8Array | number[] {
  if (tensor.type === 'int32') return integers(tensor)
  const bytes = tensor.bytes()
  return tensor.type === 'int8' ? new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes
}
