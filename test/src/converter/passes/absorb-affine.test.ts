import t from 'tap'
import type { Builder, Ref } from '../../../../src/converter/graph/builder.ts'
import { int, ints, string, type Graph } from '../../../../src/converter/graph/graph.ts'
import { float32, int64, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { absorbAffine } from '../../../../src/converter/passes/absorb-affine.ts'
import { keeps, leaves, normalisation, operations, random, values, weights, world } from '../small-worlds.ts'

const perChannel = (channels: number, seed: number, ...dims: number[]): Tensor =>
  float32(random(channels, seed).map((x) => x + 2), dims.length > 0 ? dims : [channels, 1, 1])
const PADDED = { padding: [1, 1, 1, 1] } as const
/** A scale of 1. */
const ONE = values(1)

t.test('scale and shift before a convolution without padding go into weights and bias', async (t) => {
  for (const bias of [undefined, weights([5], 9)]) {
    const after = await keeps(t, world([4, 5, 5], (b, x) => {
      const moved = b.binary('Mul', 'mul', b.binary('Sub', 'sub', x, perChannel(4, 2)), perChannel(4, 3))
      return { y: b.conv('conv', moved, weights([5, 4, 3, 3]), { bias }) }
    }), absorbAffine)
    t.equal(operations(after), 'Conv Identity')
  }
})

t.test('with groups, each kernel takes the scales of the channels it reads', async (t) => {
  const after = await keeps(t, world([6, 5, 5], (b, x) => {
    const normalised = b.batchNorm('bn', b.unary('Relu', 'relu', x), normalisation(6))
    return { y: b.conv('conv', normalised, weights([4, 3, 3, 3]), { group: 2 }) }
  }), absorbAffine)
  t.equal(operations(after), 'Relu Conv Identity')
})

t.test('a scale goes into a convolution that pads', async (t) => {
  const after = await keeps(t, world([4, 5, 5], (b, x) => ({
    y: b.conv('conv', b.binary('Mul', 'mul', x, perChannel(4, 3)), weights([5, 4, 3, 3]), { ...PADDED, bias: weights([5], 2) })
  })), absorbAffine)
  t.equal(operations(after), 'Conv Identity')
})

t.test('with a shift that would be padded, several steps become one BatchNormalization', async (t) => {
  const after = await keeps(t, world([4, 5, 5], (b, x) => {
    const scaled = b.binary('Mul', 'mul', x, float32(Float32Array.of(2, 0, -1, 1e-30), [4, 1, 1]))
    return { y: b.conv('conv', b.binary('Add', 'add', scaled, perChannel(4, 3)), weights([5, 4, 3, 3]), PADDED) }
  }), absorbAffine)
  t.equal(operations(after), 'BatchNormalization Conv Identity', 'whatever their scale, 0 too')
})

t.test('auto_pad counts as padding', async (t) => {
  const after = await keeps(t, world([4, 5, 5], (b, x) => {
    const moved = b.binary('Add', 'add', x, perChannel(4, 3))
    return { y: b.node('Conv', 'conv', [moved, b.constant('w', weights([5, 4, 3, 3]))], ['n', 5, 5, 5], { kernel_shape: ints([3, 3]), auto_pad: string('SAME_UPPER') }) }
  }), absorbAffine)
  t.equal(operations(after), 'BatchNormalization Conv Identity')
})

t.test('constants lie along the channels of 1-D convolutions too', async (t) => {
  const conv = (dims: number[]): Graph => world([4, 7], (b, x) => {
    const scaled = b.binary('Mul', 'mul', x, perChannel(4, 3, ...dims))
    return { y: b.node('Conv', 'conv', [scaled, b.constant('w', weights([5, 4, 3]))], ['n', 5, 5]) }
  })
  t.equal(operations(await keeps(t, conv([4, 1]), absorbAffine)), 'Conv Identity')
  t.equal(operations(await keeps(t, conv([1, 4, 1]), absorbAffine)), 'Conv Identity')
})

t.test('how many channels there are is followed through what leads to the value', async (t) => {
  const scaledConv = (b: Builder, x: Ref): Record<string, Ref> => ({ y: b.conv('last', b.binary('Mul', 'mul', x, perChannel(4, 3)), weights([2, 4, 1, 1])) })
  const cases: Record<string, Graph> = {
    'a convolution': world([3, 4, 4], (b, x) => scaledConv(b, b.unary('Relu', 'relu', b.conv('conv', x, weights([4, 3, 1, 1]))))),
    'a pooling': world([4, 4, 4], (b, x) => scaledConv(b, b.maxPool('pool', x, { kernel: [2, 2] }))),
    'a sum': world([4, 4, 4], (b, x) => scaledConv(b, b.binary('Add', 'sum', b.unary('Relu', 'relu', x), x))),
    'a difference from a constant that something else reads': world([4, 4, 4], (b, x) => {
      const less = b.binary('Sub', 'sub', values(1), x)
      return { ...scaledConv(b, less), less: b.unary('Relu', 'relu', less) }
    }),
    'a transposition': world([4, 4, 4], (b, x) => scaledConv(b, b.transpose('nchw', x, [0, 3, 1, 2]))),
    'chosen channels': world([3, 4, 4], (b, x) => scaledConv(b, b.node('Gather', 'pick', [x, b.constant('which', int64([2, 1, 0, 1]))], ['n', 4, 4, 4], { axis: int(1) })))
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => t.notMatch(operations(await keeps(t, graph, absorbAffine)), 'Mul'))
  }
})

t.test('nothing else is absorbed', async (t) => {
  const cases: Record<string, Graph> = {
    'one channel that becomes several': world([1, 4, 4], (b, x) => ({ y: b.conv('conv', b.binary('Mul', 'mul', x, perChannel(4, 2)), weights([5, 4, 1, 1])) })),
    'channels that cannot be told': world([4, 4, 4], (b, x) => ({ y: b.conv('conv', b.binary('Mul', 'mul', b.node('Sin', 'sin', [x], x.dims), perChannel(4, 2)), weights([5, 4, 1, 1])) })),
    'what something else reads too': world([4, 4, 4], (b, x) => {
      const moved = b.binary('Mul', 'mul', x, perChannel(4, 2))
      return { y: b.binary('Add', 'sum', b.conv('conv', moved, weights([4, 4, 1, 1])), moved) }
    }),
    'what is an output of the graph': world([4, 4, 4], (b, x) => {
      const moved = b.binary('Mul', 'mul', x, perChannel(4, 2))
      return { moved: b.unary('Identity', 'moved', moved), y: b.conv('conv', moved, weights([4, 4, 1, 1])) }
    }),
    'a constant along the height': world([4, 4, 4], (b, x) => ({ y: b.conv('conv', b.binary('Mul', 'mul', x, perChannel(4, 2, 4, 1)), weights([5, 4, 1, 1])) })),
    'a BatchNormalization alone, where the convolution pads': world([4, 4, 4], (b, x) => ({ y: b.conv('conv', b.batchNorm('bn', x, normalisation(4)), weights([5, 4, 3, 3]), PADDED) })),
    'what a transposed convolution reads': world([3, 4, 4], (b, x) => ({ y: b.node('ConvTranspose', 'up', [b.binary('Mul', 'mul', x, perChannel(3, 1)), b.constant('w', weights([3, 4, 2, 2]))], ['n', 4, 5, 5]) })),
    'what is not affine': world([4, 4, 4], (b, x) => ({ y: b.conv('conv', b.unary('Relu', 'relu', x), weights([5, 4, 1, 1])) })),
    'a computed bias': world([4, 4, 4], (b, x) => {
      const bias = b.unary('Relu', 'bias', b.constant('c', weights([5])))
      const scaled = b.binary('Mul', 'mul', x, perChannel(4, 2))
      return { y: b.node('Conv', 'conv', [scaled, b.constant('w', weights([5, 4, 1, 1])), bias], ['n', 5, 4, 4]) }
    })
  }
  for (const [what, graph] of Object.entries(cases)) {
    t.test(what, async (t) => {
      await keeps(t, graph, absorbAffine)
      leaves(t, graph, absorbAffine)
    })
  }
})

t.test('a hundred thousand steps in a row are no deeper than one', async (t) => {
  const graph = world([1, 2, 2], (b, x) => {
    let value = x
    for (let i = 0; i < 100_000; i++) value = b.binary('Mul', `m${i}`, value, ONE)
    return { y: b.conv('conv', value, weights([1, 1, 1, 1])) }
  })
  t.equal(absorbAffine(graph).nodes.at(-2)!.inputs[0], 'input')
})
