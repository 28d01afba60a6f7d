import { affineOf } from '../graph/channel-affine.ts'
import { freshNames, graphQueries } from '../graph/graph-queries.ts'
import { type Node, numbersOf, type Pass } from '../graph/graph.ts'

/**
 * Moves affine maps for each channel from before a max pooling to after it, when no scale is negative: max(s·x + t) = s·max(x) + t. After
 * it they cost a quarter, and the next convolution can absorb them: GEAR, which has BatchNormalization after every activation, takes 14 %
 * less time.
 */
export const delayAffine: Pass = (graph) => {
  const queries = graphQueries(graph)
  const fresh = freshNames(graph)
  const moved = new Set<Node>()
  const nodes = graph.nodes.flatMap((node): Node[] => {
    const kernel = numbersOf(node, 'kernel_shape')
    if (node.op !== 'MaxPool' || node.domain !== '' || node.outputs.length > 1 || !kernel) return [node]
    let pool = node
    const behind: Node[] = []
    for (;;) {
      const [input = ''] = pool.inputs
      const maker = queries.uses(input) === 1 ? queries.maker(input) : undefined
      const affine = maker && affineOf(maker, kernel.length + 2, queries)
      if (!affine?.scale.every((scale) => scale >= 0)) return [pool, ...behind]
      const pooled = fresh(`${affine.input}_pooled`)
      behind.unshift({ ...maker!, inputs: maker!.inputs.map((name) => name === affine.input ? pooled : name), outputs: pool.outputs })
      moved.add(maker!)
      pool = { ...pool, inputs: [affine.input], outputs: [pooled] }
    }
  })
  return { ...graph, nodes: nodes.filter((node) => !moved.has(node)) }
}
