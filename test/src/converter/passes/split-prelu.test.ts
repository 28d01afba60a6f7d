import t from 'tap'
import type { Graph } from '../../../../src/converter/graph/graph.ts'
import { float32, reshaped } from '../../../../src/converter/graph/tensor.ts'
import { absorbAffine } from '../../../../src/converter/passes/absorb-affine.ts'
import { splitPrelu } from '../../../../src/converter/passes/split-prelu.ts'
import { keeps, leaves, operations, random, values, weights, world } from '../small-worlds.ts'

/** Returns 16 slopes: the given ones, followed by 0.25. */
const slopes = (...first: readonly number[]) => Float32Array.from({ length: 16 }, (_, i) => first[i] ?? 0.25)

t.test('a PRelu with a slope a channel is two depthwise convolutions, also for slopes below 0 and above 1', async (t) => {
  const after = await keeps(t, world([16, 4, 4], (b, x) => ({ y: b.prelu('prelu', x, float32(slopes(0.25, 0, -0.5, 1, 1.75))) })), splitPrelu)
  t.equal(operations(after), 'Conv Relu Conv Add Identity')
})

t.test('two that share their slope are split each', async (t) => {
  const slope = reshaped(weights([16]), [16, 1, 1])
  const after = await keeps(t, world([16, 3, 3], (b, x) => {
    const shared = b.constant('slope', slope)
    return { y: b.node('PRelu', 'second', [b.node('PRelu', 'first', [x, shared], x.dims), shared], x.dims) }
  }), splitPrelu)
  t.equal(operations(after), 'Conv Relu Conv Add Conv Relu Conv Add Identity')
})

t.test('the slope may have the axis of the batch', async (t) => {
  const after = await keeps(t, world([16, 3, 3], (b, x) => ({ y: b.node('PRelu', 'prelu', [x, b.constant('slope', weights([1, 16, 1, 1]))], x.dims) })), splitPrelu)
  t.equal(operations(after), 'Conv Relu Conv Add Identity')
})

t.test('other slopes are left alone', async (t) => {
  const withSlope = (sizes: readonly [number, ...number[]], dims: readonly number[]): Graph =>
    world(sizes, (b, x) => ({ y: b.node('PRelu', 'prelu', [x, b.constant('slope', weights(dims))], x.dims) }))
  const cases: Record<string, Graph> = {
    'one for all': withSlope([16, 3, 3], [1]),
    'one for all, with axes': withSlope([16, 3, 3], [1, 1, 1]),
    'one a column': withSlope([16, 3, 3], [3]),
    'one a pixel of each channel': withSlope([16, 3, 3], [16, 3, 3]),
    'of few channels': withSlope([15, 3, 3], [15, 1, 1]),
    rows: withSlope([16], [16]),
    '1-D signals': withSlope([16, 6], [16, 1]),
    computed: world([16, 3, 3], (b, x) => ({ y: b.node('PRelu', 'prelu', [x, b.unary('Neg', 'neg', b.constant('slope', float32(random(16), [16, 1, 1])))], x.dims) }))
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await keeps(t, graph, splitPrelu)
      leaves(t, graph, splitPrelu)
    })
  }
})

t.test('before a convolution it is one, whose weights take the slopes in, also slopes of nearly nothing', async (t) => {
  const slope = float32(slopes(0.25, 0, -0.5, 1, 1.75, 1e-9, -1e-7))
  const after = await keeps(t, world([16, 4, 4], (b, x) => ({ y: b.conv('conv', b.prelu('prelu', x, slope), weights([3, 16, 3, 3]), { padding: 'same' }) })),
    (graph) => absorbAffine(splitPrelu(graph)))
  t.equal(operations(after), 'Relu Conv Add Conv Identity')
})

t.test('one that is read by more than a convolution stays whole', async (t) => {
  const after = await keeps(t, world([16, 4, 4], (b, x) => {
    const y = b.prelu('prelu', x, values(...slopes(0.25, 0.5, 0.75)))
    return { y, z: b.conv('conv', y, weights([2, 16, 1, 1])) }
  }), splitPrelu)
  t.match(operations(after), /^Conv Relu Conv Add /)
})
