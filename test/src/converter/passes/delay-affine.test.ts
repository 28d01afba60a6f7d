import t from 'tap'
import type { Graph } from '../../../../src/converter/graph/graph.ts'
import { float32, scalar, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { absorbAffine } from '../../../../src/converter/passes/absorb-affine.ts'
import { delayAffine } from '../../../../src/converter/passes/delay-affine.ts'
import { keeps, leaves, normalisation, operations, random, world } from '../small-worlds.ts'

const POOL = { kernel: [2, 2], strides: [2, 2] } as const
const positive = (channels: number, ...dims: number[]): Tensor => float32(random(channels, 3).map((x) => x + 2), dims)

t.test('affine steps before a max pooling come behind it, in their order', async (t) => {
  const after = await keeps(t, world([4, 6, 6], (b, x) => {
    const normalised = b.batchNorm('bn', b.unary('Relu', 'relu', x), normalisation(4))
    return { y: b.maxPool('pool', b.binary('Sub', 'sub', b.binary('Mul', 'mul', normalised, positive(4, 4, 1, 1)), scalar(0.3)), POOL) }
  }), delayAffine)
  t.equal(operations(after), 'Relu MaxPool BatchNormalization Mul Sub Identity')
})

t.test('also where the pooling pads, and where a channel is scaled by 0', async (t) => {
  const after = await keeps(t, world([3, 5, 5], (b, x) => ({
    y: b.maxPool('pool', b.batchNorm('bn', x, { ...normalisation(3), gamma: float32(Float32Array.of(1, 0, 2)) }), {
      kernel: [3, 3], strides: [2, 2], padding: [1, 1, 1, 1]
    })
  })), delayAffine)
  t.equal(operations(after), 'MaxPool BatchNormalization Identity')
})

t.test('there the next convolution absorbs them', async (t) => {
  const after = await keeps(t, world([3, 8, 8], (b, x) => {
    const pooled = b.maxPool('pool', b.batchNorm('bn', b.unary('Relu', 'relu', b.conv('conv', x, float32(random(4 * 3), [4, 3, 1, 1]))), normalisation(4)), POOL)
    return { y: b.conv('next', pooled, float32(random(2 * 4, 5), [2, 4, 1, 1])) }
  }), delayAffine, absorbAffine)
  t.equal(operations(after), 'Conv Relu MaxPool Conv Identity')
})

t.test('nothing else moves', async (t) => {
  const cases: Record<string, Graph> = {
    'a scale below 0': world([3, 4, 4], (b, x) => ({ y: b.maxPool('pool', b.batchNorm('bn', x, { ...normalisation(3), gamma: float32(Float32Array.of(1, -1, 2)) }), POOL) })),
    'what something else reads too': world([3, 4, 4], (b, x) => {
      const moved = b.binary('Mul', 'mul', x, positive(3, 3, 1, 1))
      return { y: b.maxPool('pool', moved, POOL), z: b.unary('Relu', 'relu', moved) }
    }),
    'what is an output of the graph': world([3, 4, 4], (b, x) => {
      const moved = b.binary('Mul', 'mul', x, positive(3, 3, 1, 1))
      return { mul: moved, y: b.maxPool('pool', moved, POOL) }
    }),
    'a constant along the height': world([3, 4, 4], (b, x) => ({ y: b.maxPool('pool', b.binary('Mul', 'mul', x, positive(4, 4, 1)), POOL) })),
    'what is averaged': world([3, 4, 4], (b, x) => ({ y: b.averagePool('pool', b.binary('Mul', 'mul', x, positive(3, 3, 1, 1)), POOL) }))
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await keeps(t, graph, delayAffine)
      leaves(t, graph, delayAffine)
    })
  }
})
