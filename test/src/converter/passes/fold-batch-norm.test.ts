import t from 'tap'
import type { Builder, Ref } from '../../../../src/converter/graph/builder.ts'
import { type NodeAttributes, int, float, type Graph } from '../../../../src/converter/graph/graph.ts'
import { float32, scalar, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { foldBatchNorm } from '../../../../src/converter/passes/fold-batch-norm.ts'
import { keeps, leaves, normalisation, operations, random, values, weights, world } from '../small-worlds.ts'

const perChannel = (channels: number, seed: number, ...dims: number[]): Tensor =>
  float32(random(channels, seed).map((x) => x + 2), dims.length > 0 ? dims : [channels, 1, 1])

t.test('a BatchNormalization goes into the convolution before it', async (t) => {
  const after = await keeps(t, world([3, 6, 6], (b, x) => ({
    y: b.batchNorm('bn', b.conv('conv', x, weights([4, 3, 3, 3]), { padding: [1, 1, 1, 1] }), normalisation(4))
  })), foldBatchNorm)
  t.equal(operations(after), 'Conv Identity')
  t.equal(after.nodes[0]!.name, 'conv', 'which keeps its name')
})

t.test('arithmetic with constants along the channels goes in, step by step', async (t) => {
  const after = await keeps(t, world([4, 5, 5], (b, x) => {
    const conv = b.conv('conv', x, weights([6, 2, 3, 3]), { group: 2, bias: weights([6], 5) })
    const scaled = b.binary('Mul', 'mul', perChannel(6, 2), conv)
    const moved = b.binary('Sub', 'sub', perChannel(6, 3, 1, 6, 1, 1), scaled)
    return { y: b.binary('Add', 'add', b.binary('Div', 'div', moved, scalar(3)), values(0.5)) }
  }), foldBatchNorm)
  t.equal(operations(after), 'Conv Identity')
})

t.test('a channel of scale 0 leaves its shift', async (t) => {
  const after = await keeps(t, world([2, 3, 3], (b, x) => ({
    y: b.batchNorm('bn', b.conv('conv', x, weights([3, 2, 1, 1])), { ...normalisation(3), gamma: values(0, -1, 2) })
  })), foldBatchNorm)
  t.equal(operations(after), 'Conv Identity')
})

for (const transB of [0, 1]) {
  t.test(`arithmetic on rows goes into a Gemm whose transB is ${transB}`, async (t) => {
    const after = await keeps(t, world([5], (b, x) => {
      const product = b.node('Gemm', 'gemm', [x, b.constant('w', weights(transB ? [3, 5] : [5, 3])), b.constant('c', weights([3], 4))], ['n', 3], { transB: int(transB) })
      return { y: b.binary('Add', 'add', b.binary('Mul', 'mul', product, perChannel(3, 2, 3)), perChannel(3, 3, 1, 3)) }
    }), foldBatchNorm)
    t.equal(operations(after), 'Gemm Identity')
  })
}

t.test('a Gemm may have one bias for all columns, and one a row', async (t) => {
  for (const dims of [[], [1], [1, 3]]) {
    await keeps(t, world([5], (b, x) => {
      const product = b.node('Gemm', 'gemm', [x, b.constant('w', weights([3, 5])), b.constant('c', weights(dims, 4))], ['n', 3], { transB: int(1) })
      return { y: b.binary('Mul', 'mul', product, perChannel(3, 2, 3)) }
    }), foldBatchNorm)
  }
})

t.test('convolutions that share their weights are scaled each on its own', async (t) => {
  const shared = weights([3, 3, 1, 1])
  const after = await keeps(t, world([3, 4, 4], (b, x) => {
    const first = b.binary('Mul', 'mul', b.conv('a', x, shared), perChannel(3, 2))
    return { y: b.binary('Add', 'sum', first, b.conv('b', x, shared)) }
  }), foldBatchNorm)
  t.equal(operations(after), 'Conv Conv Add Identity')
})

t.test('nothing else is folded', async (t) => {
  const conv = (make: (b: Builder, y: Ref) => Record<string, Ref>): Graph =>
    world([3, 4, 4], (b, x) => make(b, b.conv('conv', x, weights([4, 3, 1, 1]))))
  const gemm = (attributes: NodeAttributes): Graph => world([5], (b, x) => {
    const product = b.node('Gemm', 'gemm', [x, b.constant('w', weights([3, 5])), b.constant('c', weights([3], 4))], ['n', 3], { transB: int(1), ...attributes })
    return { y: b.binary('Mul', 'mul', product, perChannel(3, 2, 3)) }
  })
  const cases: Record<string, Graph> = {
    'what something else reads too': conv((b, y) => ({ y: b.binary('Add', 'add', b.binary('Mul', 'mul', y, perChannel(4, 2)), y) })),
    'what is an output of the graph': conv((b, y) => ({ conv: y, y: b.binary('Mul', 'mul', y, perChannel(4, 2)) })),
    'a constant along the width': conv((b, y) => ({ y: b.binary('Mul', 'mul', y, perChannel(4, 2, 4)) })),
    'a constant along the height': conv((b, y) => ({ y: b.binary('Mul', 'mul', y, perChannel(4, 2, 4, 1)) })),
    'a constant of more axes': conv((b, y) => ({ y: b.binary('Mul', 'mul', y, perChannel(4, 2, 1, 1, 4, 1, 1)) })),
    'a constant divided by it': conv((b, y) => ({ y: b.binary('Div', 'div', perChannel(4, 2), y) })),
    'a sum with another value': conv((b, y) => ({ y: b.binary('Add', 'add', y, b.unary('Relu', 'relu', b.input('other', ['n', 4, 4, 4]))) })),
    'one channel that becomes several': world([3, 4, 4], (b, x) => ({ y: b.binary('Mul', 'mul', b.conv('conv', x, weights([1, 3, 1, 1])), perChannel(4, 2)) })),
    'a transposed convolution': world([3, 4, 4], (b, x) => {
      const up = b.node('ConvTranspose', 'up', [x, b.constant('w', weights([3, 4, 2, 2]))], ['n', 4, 5, 5])
      return { y: b.batchNorm('bn', up, normalisation(4)) }
    }),
    'a Gemm with alpha': gemm({ alpha: float(2) }),
    'a Gemm with beta': gemm({ beta: float(0.5) })
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await keeps(t, graph, foldBatchNorm)
      leaves(t, graph, foldBatchNorm)
    })
  }
})

t.test('a BatchNormalization that trains, or whose parameters are computed or of another type, stays', async (t) => {
  const graph = world([3, 4, 4], (b, x) => ({ y: b.batchNorm('bn', b.conv('conv', x, weights([4, 3, 1, 1])), normalisation(4)) }))
  const bn = graph.nodes[1]!
  const withNode = (node: typeof bn): Graph => ({ ...graph, nodes: [graph.nodes[0]!, node, ...graph.nodes.slice(2)] })
  leaves(t, withNode({ ...bn, outputs: [...bn.outputs, 'mean', 'variance'] }), foldBatchNorm)
  leaves(t, withNode({ ...bn, attributes: { ...bn.attributes, training_mode: int(1) } }), foldBatchNorm)
  leaves(t, withNode({ ...bn, inputs: [...bn.inputs.slice(0, 4), 'elsewhere'] }), foldBatchNorm)
  leaves(t, withNode({ ...bn, domain: 'com.example' }), foldBatchNorm)
  leaves(t, { ...graph, initializers: new Map(graph.initializers).set('bn/mean', { type: 'float64', dims: [4], bytes: () => new Uint8Array(32) }) }, foldBatchNorm)
  leaves(t, { ...graph, initializers: new Map(graph.initializers).set('conv/weights', { type: 'float16', dims: [4, 3, 1, 1], bytes: () => new Uint8Array(24) }) }, foldBatchNorm)
})
