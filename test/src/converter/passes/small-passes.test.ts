import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { encode } from '../../../../src/converter/graph/encode-model.ts'
import { type Graph, int, node as makeNode } from '../../../../src/converter/graph/graph.ts'
import { float32, int64, scalar } from '../../../../src/converter/graph/tensor.ts'
import { constantsToInitializers } from '../../../../src/converter/passes/constants-to-initializers.ts'
import { dropInitializerInputs } from '../../../../src/converter/passes/drop-initializer-inputs.ts'
import { prune } from '../../../../src/converter/passes/prune.ts'
import { removeIdentities } from '../../../../src/converter/passes/remove-identities.ts'
import { selectOutputs } from '../../../../src/converter/passes/select-outputs.ts'
import { shareConstants } from '../../../../src/converter/passes/share-constants.ts'
import { keeps, leaves, operations, run, values, weights, world } from '../small-worlds.ts'

t.test('dropInitializerInputs takes constants off the inputs, and nothing else', async (t) => {
  const graph = world([3, 2, 2], (b, x) => ({ y: b.conv('conv', x, weights([2, 3, 1, 1])) }))
  const listed: Graph = { ...graph, inputs: [...graph.inputs, { name: 'conv/weights', type: 'float32', dims: [2, 3, 1, 1] }] }
  t.strictSame(dropInitializerInputs(listed), graph)
})

t.test('constantsToInitializers turns Constant nodes into initializers, also those that are outputs', async (t) => {
  const graph = world([3, 2, 2], (b, x) => {
    const two = b.node('Constant', 'two', [], [], { value: { type: 'tensor', value: scalar(2) } })
    return { y: b.binary('Mul', 'mul', x, two), two }
  })
  t.equal(operations(await keeps(t, graph, constantsToInitializers)), 'Mul Identity')
  leaves(t, world([3, 2, 2], (b, x) => ({ y: b.binary('Mul', 'mul', x, b.node('Constant', 'two', [], [], { value_float: { type: 'float', value: 2 } })) })), constantsToInitializers)
})

t.test('prune removes what no output depends on', async (t) => {
  const graph = world([3, 2, 2], (b, x) => {
    b.conv('unused', b.unary('Relu', 'also unused', x), weights([2, 3, 1, 1]))
    return { y: b.binary('Mul', 'mul', x, scalar(2)) }
  })
  const after = await keeps(t, graph, prune)
  t.strictSame(after.nodes.map(({ name }) => name), ['mul', 'y'])
  t.strictSame([...after.initializers.keys()], ['mul/b'])
})

t.test('selectOutputs keeps those named, in their order', async (t) => {
  const graph = world([3, 2, 2], (b, x) => ({ a: b.unary('Relu', 'relu', x), b: b.unary('Neg', 'neg', x), c: b.unary('Abs', 'abs', x) }))
  t.strictSame(selectOutputs(['c', 'a'])(graph).outputs.map(({ name }) => name), ['c', 'a'])
  t.throws(() => selectOutputs(['d'])(graph), { name: 'ConversionError', message: 'The network has no output d; it has a, b, c.' })
})

t.test('removeIdentities', async (t) => {
  t.test('Identity and Dropout go, and outputs keep their names', async (t) => {
    const after = await keeps(t, world([3, 2, 2], (b, x) => {
      const same = b.unary('Identity', 'two', b.unary('Identity', 'one', b.unary('Relu', 'relu', x)))
      const dropped = b.node('Dropout', 'drop', [same, b.constant('ratio', scalar(0.5))], same.dims)
      return { y: b.unary('Neg', 'neg', dropped), z: b.unary('Identity', 'three', dropped) }
    }), removeIdentities)
    t.equal(operations(after), 'Relu Neg')
    t.strictSame(after.nodes.map(({ outputs }) => outputs[0]), ['z', 'y'])
  })

  t.test('one that gives an input, a constant or an output a second name stays', async (t) => {
    const after = await keeps(t, world([3, 2, 2], (b, x) => {
      const relu = b.unary('Relu', 'relu', x)
      return { relu, same: relu, constant: b.constant('one', values(1)), input: x }
    }), removeIdentities)
    t.strictSame(after.nodes.map(({ op }) => op), ['Relu', 'Identity', 'Identity'])
  })

  t.test('a Dropout goes although its mask has a name, unless that is read', async (t) => {
    const graph = world([3, 2, 2], (b, x) => ({ y: b.unary('Neg', 'neg', b.node('Dropout', 'drop', [b.unary('Relu', 'relu', x)], x.dims)) }))
    const masked = (outputs: string[], more: Graph['nodes'] = []): Graph =>
      ({ ...graph, nodes: graph.nodes.flatMap((node) => node.op === 'Dropout' ? [{ ...node, outputs }, ...more] : [node]) })
    t.equal(operations(await keeps(t, masked(['drop', 'mask']), removeIdentities)), 'Relu Neg')
    const read = masked(['drop', 'mask'], [makeNode('Not', ['mask'], ['unmasked'])])
    t.equal(removeIdentities(read).nodes[1]!.op, 'Dropout')
    const maskOnly: Graph = { ...graph, nodes: [makeNode('Dropout', ['input'], ['', 'mask']), makeNode('Cast', ['mask'], ['y'], { to: int(1) })] }
    leaves(t, maskOnly, removeIdentities)
  })
})

t.test('shareConstants gives equal constants one name', async (t) => {
  const graph = world([2, 2, 2], (b, x) => {
    const sum = b.binary('Add', 'a', b.binary('Add', 'b', b.binary('Add', 'c', x, values(1, 2)), values(1, 2)), values(2, 1))
    const flat = b.reshape('flat', sum, ['n', 8])
    return { y: b.reshape('again', b.reshape('same', flat, ['n', 8]), ['n', 8]) }
  })
  const after = await keeps(t, graph, shareConstants)
  t.equal(after.initializers.size, 3)

  const bits = (list: number[]) => ({ type: 'int64' as const, dims: [list.length], bytes: int64(list).bytes })
  const alike: Graph = {
    ...graph,
    nodes: [],
    outputs: [{ name: 'd', type: 'int64', dims: [2] }],
    initializers: new Map(Object.entries({ a: bits([1, 2]), b: int64([1, 2], [2, 1]), c: bits([1, 2]), d: bits([1, 2]) }))
  }
  t.strictSame([...shareConstants(alike).initializers.keys()], ['a', 'b', 'd'], 'of another shape, or outputs, they stay')
  const large = float32(new Float32Array(4097))
  t.equal(shareConstants({ ...graph, initializers: new Map([['a', large], ['b', large]]) }).initializers.size, 2, 'large ones are not read')
})

t.test('a file of IR version 3, with its constants among the inputs, runs as one without', async (t) => {
  const graph = world([3, 2, 2], (b, x) => ({ y: b.conv('conv', x, weights([2, 3, 1, 1])) }))
  const input = new Value('float32', Float32Array.from({ length: 12 }, (_, i) => i / 12), [1, 3, 2, 2])
  const listed: Graph = { ...graph, inputs: [...graph.inputs, { name: 'conv/weights', type: 'float32', dims: [2, 3, 1, 1] }] }
  t.strictSame(await run(encode(listed), { input }), await run(encode(dropInitializerInputs(listed)), { input }))
})
