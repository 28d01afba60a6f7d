import { type Affine, affineOf, channel } from '../graph/channel-affine.ts'
import { freshNames, graphQueries } from '../graph/graph-queries.ts'
import { node as makeNode, numberOf, type Node, type Pass } from '../graph/graph.ts'
import { elements, floatPieces, floats, lazy, piecewise, type Tensor } from '../graph/tensor.ts'

/**
 * Folds affine maps for each channel after a convolution or a matrix product (BatchNormalization, or Mul and Add with constants, as in
 * frozen graphs) into weights and bias, one after the other. ONNX Runtime does so for BatchNormalization only.
 */
export const foldBatchNorm: Pass = (graph) => {
  const queries = graphQueries(graph)
  const fresh = freshNames(graph)
  const initializers = new Map(graph.initializers)
  const nodes: Node[] = []
  const indexOf = new Map<string, number>()
  for (const node of graph.nodes) {
    const folded = fold(node)
    if (folded) nodes[folded.index] = folded.node
    else nodes.push(node)
    for (const name of node.outputs) indexOf.set(name, folded?.index ?? nodes.length - 1)
  }
  return { ...graph, nodes, initializers }

  function fold (node: Node): { readonly index: number, readonly node: Node } | undefined {
    for (const input of node.inputs.slice(0, 2)) {
      const index = indexOf.get(input)
      const product = index === undefined ? undefined : nodes[index]
      const weights = initializers.get(product?.inputs[1] ?? '')
      if (index === undefined || !product || !weights || queries.uses(input) !== 1 || !isProduct(product)) continue
      const affine = affineOf(node, product.op === 'Conv' ? weights.dims.length : 2, queries)
      const bias = product.inputs[2] ? initializers.get(product.inputs[2]) : undefined
      const out = columns(product, weights)
      const fits = affine?.input === input && weights.type === 'float32' && [1, out].includes(affine.scale.length) && [1, out].includes(affine.shift.length)
      if (!fits || (product.inputs[2] && bias?.type !== 'float32')) continue
      const names = [fresh(`${product.inputs[1]}_folded`), fresh(`${node.outputs[0]}_bias`)] as const
      initializers.set(names[0], scaled(weights, out, affine, product.op === 'Gemm' && numberOf(product, 'transB', 0) === 0))
      initializers.set(names[1], shifted(bias, out, affine))
      const inputs = [product.inputs[0]!, ...names]
      return { index, node: { ...makeNode(product.op, inputs, node.outputs, product.attributes), name: product.name } }
    }
    return undefined
  }
}

const isProduct = (node: Node): boolean => node.domain === '' && (node.op === 'Conv' ||
  (node.op === 'Gemm' && numberOf(node, 'alpha', 1) === 1 && numberOf(node, 'beta', 1) === 1))

const columns = (node: Node, { dims }: Tensor): number => node.op === 'Gemm' && numberOf(node, 'transB', 0) === 0 ? dims[1]! : dims[0]!

function scaled (weights: Tensor, out: number, { scale }: Affine, byColumn: boolean): Tensor {
  const row = elements(weights.dims) / out
  return piecewise(weights.dims, function * () {
    let start = 0
    for (const piece of floatPieces(weights)) {
      for (let i = 0; i < piece.length; i++) piece[i]! *= channel(scale, byColumn ? (start + i) % out : Math.floor((start + i) / row))
      yield piece
      start += piece.length
    }
  })
}

function shifted (bias: Tensor | undefined, out: number, { scale, shift }: Affine): Tensor {
  return lazy([out], () => {
    const before = bias && Float64Array.from(floats(bias))
    return Float32Array.from({ length: out }, (_, c) => (before ? channel(before, c) : 0) * channel(scale, c) + channel(shift, c))
  })
}
