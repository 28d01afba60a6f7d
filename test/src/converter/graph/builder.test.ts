import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { createBuilder, type Builder, type Ref } from '../../../../src/converter/graph/builder.ts'
import { float32, scalar } from '../../../../src/converter/graph/tensor.ts'
import { normalisation, random, run, values, weights, world } from '../small-worlds.ts'

/** Calls of each method on a picture [n, 4, 5, 6] or on rows [n, 6]. */
const PICTURE: Readonly<Record<string, (b: Builder, x: Ref) => Ref>> = {
  conv: (b, x) => b.conv('y', x, weights([6, 2, 3, 2]), { group: 2, strides: [2, 1], padding: [1, 0, 0, 1], bias: weights([6]) }),
  'conv with dilations': (b, x) => b.conv('y', x, weights([3, 4, 2, 2]), { dilations: [2, 3] }),
  batchNorm: (b, x) => b.batchNorm('y', x, normalisation(4)),
  prelu: (b, x) => b.prelu('y', x, weights([4])),
  leakyRelu: (b, x) => b.leakyRelu('y', x, 0.1),
  clip: (b, x) => b.clip('y', x, -0.5, 0.5),
  softmax: (b, x) => b.softmax('y', x, 1),
  'binary with a constant on the left': (b, x) => b.binary('Sub', 'y', weights([4, 1, 1]), x),
  'binary of two values': (b, x) => b.binary('Mul', 'y', x, b.reduce('ReduceMean', 'mean', x, [2, 3], true)),
  concat: (b, x) => b.concat('y', [x, x, x], -2),
  transpose: (b, x) => b.transpose('y', x, [0, 2, 3, 1]),
  flatten: (b, x) => b.flatten('y', x),
  reshape: (b, x) => b.reshape('y', x, ['n', -1, 6]),
  'reshape to all sizes': (b, x) => b.reshape('y', x, ['n', 8, 15]),
  'reshape of all rows': (b, x) => b.reshape('y', x, [-1, 6]),
  pad: (b, x) => b.pad('y', x, [0, 0, 1, 2], [0, 1, 0, 3]),
  slice: (b, x) => b.slice('y', x, 1, 1, 3),
  'slice to the end': (b, x) => b.slice('y', x, -1, 2, Infinity),
  'slice from behind': (b, x) => b.slice('y', x, 2, -3, -1),
  'slice from before the start': (b, x) => b.slice('y', x, 2, -30, 2),
  upsample: (b, x) => b.upsample('y', x, 2),
  ...Object.fromEntries((['ReduceMean', 'ReduceMax', 'ReduceMin', 'ReduceSum', 'ReduceL2'] as const).flatMap((op) =>
    [true, false].map((keep) => [`${op} ${keep}`, (b: Builder, x: Ref) => b.reduce(op, 'y', x, [-1, 1], keep)]))),
  ...Object.fromEntries((['Relu', 'Sigmoid', 'Tanh', 'Exp', 'Log', 'Sqrt', 'Neg', 'Abs', 'Reciprocal', 'Identity', 'HardSwish', 'Softplus'] as const).map((op) => [op, (b: Builder, x: Ref) => b.unary(op, 'y', x)])),
  ...Object.fromEntries((['Add', 'Sub', 'Mul', 'Div', 'Min', 'Max', 'Pow'] as const).map((op) => [op, (b: Builder, x: Ref) => b.binary(op, 'y', x, scalar(2))]))
}
const ROWS: Readonly<Record<string, (b: Builder, x: Ref) => Ref>> = {
  dense: (b, x) => b.dense('y', x, weights([3, 6]), weights([3])),
  'dense without bias': (b, x) => b.dense('y', x, weights([3, 6])),
  prelu: (b, x) => b.prelu('y', x, weights([6])),
  'a name for a batch': (b, x) => b.reshape('y', x, ['n', 2, 3])
}

t.test('the shape of every value is the one that ONNX Runtime finds', async (t) => {
  for (const [table, dims] of [[PICTURE, [4, 5, 6]], [ROWS, [6]]] as const) {
    for (const [what, make] of Object.entries(table)) {
      const graph = world(dims as unknown as [number], (b, x) => ({ y: make(b, x) }))
      const [{ dims: stated = [] }] = graph.outputs as [typeof graph.outputs[number]]
      const found = (await run(graph))['y']!.dims
      t.ok(stated.length === found.length && stated.every((dim, i) => typeof dim === 'string' || dim === found[i]), `${what}: [${stated.join()}] and [${found.join()}]`)
    }
  }
})

t.test('values', async (t) => {
  const input = new Value('float32', Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2])
  const mean = async (make: (b: Builder, x: Ref) => Ref) =>
    Array.from((await run(world([1, 2, 2], (b, x) => ({ y: make(b, x) })), { input }))['y']!.data)
  t.strictSame(await mean((b, x) => b.averagePool('y', x, { kernel: [2, 2], padding: [1, 1, 0, 0] })), [1, 1.5, 2, 2.5], 'padding is not counted')
  t.strictSame(await mean((b, x) => b.upsample('y', x, 2)), [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4])
  t.strictSame(await mean((b, x) => b.leakyRelu('y', b.unary('Neg', 'neg', x), 0.5)), [-0.5, -1, -1.5, -2])
})

t.test('names', async (t) => {
  const b = createBuilder()
  const x = b.input('x', ['n', 2])
  const second = b.input('x', ['n', 2])
  t.strictSame([x.name, second.name, b.unary('Relu', 'x', x).name], ['x', 'x_2', 'x_3'], 'are unique, and those that were given back')
  const shared = weights([2, 2])
  b.dense('a', x, shared)
  b.dense('b', x, shared)
  t.strictSame([...b.build('graph', { out: second }).initializers.keys()], ['a/weights'], 'a constant used twice has one')

  t.test('an output has its own, whatever a value within is called', async (t) => {
    const graph = world([2], (b, x) => {
      const y = b.unary('Neg', 'y', x)
      const two = b.constant('two', values(2))
      return { y: b.binary('Mul', 'z', y, two), z: y, same: y, two: b.unary('Abs', 'abs', y) }
    })
    const found = await run(graph, { input: new Value('float32', Float32Array.of(1, 2), [1, 2]) })
    const lists = Object.fromEntries(Object.entries(found).map(([name, { data }]) => [name, Array.from(data)]))
    t.strictSame(lists, { y: [-2, -4], z: [-1, -2], same: [-1, -2], two: [1, 2] })
    t.throws(() => world([2], (b, x) => ({ input: b.unary('Neg', 'y', x) })), { name: 'ConversionError', message: 'The output input has the name of an input.' })
  })
})

t.test('shapes that cannot fit are refused by the name of the operation', async (t) => {
  const refuses = (message: RegExp, make: (b: Builder, x: Ref, rows: Ref) => unknown) => {
    const b = createBuilder()
    const [x, rows] = [b.input('x', ['n', 4, 5, 6]), b.input('rows', ['n', 6])]
    t.throws(() => make(b, x, rows), { name: 'ConversionError', message })
  }
  refuses(/^y: its weights should have the shape \[\?, \?, \?, \?\], and have \[2, 4\]/, (b, x) => b.conv('y', x, weights([2, 4])))
  refuses(/^y: its weights are for 3 channels, and there are 4/, (b, x) => b.conv('y', x, weights([2, 3, 1, 1])))
  refuses(/^y: its bias should have the shape \[2\], and have \[3\]/, (b, x) => b.conv('y', x, weights([2, 4, 1, 1]), { bias: weights([3]) }))
  refuses(/^y: 3 kernels for 2 of 4 channels each cannot be shared out/, (b, x) => b.conv('y', x, weights([3, 2, 1, 1]), { group: 2 }))
  refuses(/^y needs \[n, values\]; it has \[n, 4, 5, 6\]/, (b, x) => b.dense('y', x, weights([2, 6])))
  refuses(/^y: its weights are for 5 values, and there are 6/, (b, _, rows) => b.dense('y', rows, weights([2, 5])))
  refuses(/^y: its bias should have/, (b, _, rows) => b.dense('y', rows, weights([2, 6]), weights([3])))
  refuses(/^y: its weights are for 3 gamma, and there are 4/, (b, x) => b.batchNorm('y', x, normalisation(3)))
  refuses(/^y: its mean should have the shape \[\?\], and have \[1, 4\]/, (b, x) =>
    b.batchNorm('y', x, { ...normalisation(4), mean: float32(random(4), [1, 4]) }))
  refuses(/^y: its weights are for 3 channels/, (b, x) => b.prelu('y', x, weights([3])))
  refuses(/^y: a window of 7 does not fit into 5 pixels/, (b, x) => b.maxPool('y', x, { kernel: [7, 7] }))
  refuses(/^y cannot combine/, (b, x) => b.binary('Add', 'y', x, weights([5])))
  refuses(/^y has no axes \[4\]/, (b, x) => b.reduce('ReduceMean', 'y', x, [4], true))
  refuses(/^y has no axes \[\]/, (b, x) => b.reduce('ReduceMean', 'y', x, [], true))
  refuses(/^y joins nothing/, (b) => b.concat('y', [], 0))
  refuses(/^y cannot join/, (b, x, rows) => b.concat('y', [x, rows], 1))
  refuses(/^y has the axes \[0, 1, 2\]/, (b, x) => b.transpose('y', x, [0, 1, 2]))
  refuses(/^y has the axes \[0, 1, 1, 3\]/, (b, x) => b.transpose('y', x, [0, 1, 1, 3]))
  refuses(/^y cannot make \[n, 7\] of \[n, 4, 5, 6\]/, (b, x) => b.reshape('y', x, ['n', 7]))
  refuses(/^y cannot make \[n, 7, -1\]/, (b, x) => b.reshape('y', x, ['n', 7, -1]))
  refuses(/^y cannot make \[n, -2, -60\]/, (b, x) => b.reshape('y', x, ['n', -2, -60]))
  refuses(/^y has several unknown sizes/, (b, x) => b.reshape('y', x, [-1, -1]))
  refuses(/^y cannot add/, (b, x) => b.pad('y', x, [0, 0, 1], [0, 0, 1]))
  refuses(/^y cannot add/, (b, x) => b.pad('y', x, [0, 0, 1, -1], [0, 0, 1, 0]))
  refuses(/^y cannot add/, (b, x) => b.pad('y', x, [0, 0, 1, NaN], [0, 0, 1, 0]))
  refuses(/^y takes nothing from/, (b, x) => b.slice('y', x, 1, 3, 3))
  refuses(/^The graph has no outputs/, (b) => b.build('graph', {}))
})
