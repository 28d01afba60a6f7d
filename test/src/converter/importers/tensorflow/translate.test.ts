import t from 'tap'
import { createBuilder } from '../../../../../src/converter/graph/builder.ts'
import { floats, int64, scalar } from '../../../../../src/converter/graph/tensor.ts'
import { folded } from '../../../../../src/converter/importers/tensorflow/constants.ts'
import { endpoint, type TfGraph, type TfNode } from '../../../../../src/converter/importers/tensorflow/graph-def.ts'
import { beside, computed, fromTensorFlow } from '../../../../../src/converter/importers/tensorflow/operand.ts'
import { translate } from '../../../../../src/converter/importers/tensorflow/translate.ts'
import { operations, run, values, weights } from '../../small-worlds.ts'

const input: TfNode = { name: 'x', op: 'Placeholder', inputs: [], attributes: { shape: { shape: [-1, 3] } } }
const graphOf = (nodes: readonly TfNode[], outputs: Readonly<Record<string, string>>, more: Partial<TfGraph> = {}): TfGraph =>
  ({ nodes: [input, ...nodes], constants: new Map(), outputs: new Map(Object.entries(outputs)), ...more })
const relu = (name: string, ...inputs: string[]): TfNode => ({ name, op: 'Relu', inputs, attributes: {} })

t.test('names of values', async (t) => {
  t.strictSame(['a/b', 'a/b:0', 'a:12', 'a:b', 'a\nb:1'].map(endpoint), [
    { node: 'a/b', index: 0 }, { node: 'a/b', index: 0 }, { node: 'a', index: 12 }, { node: 'a:b', index: 0 }, { node: 'a\nb:1', index: 0 }
  ])
})

t.test('the order of the nodes does not matter, and what no output needs is left out', async (t) => {
  const graph = translate(graphOf([relu('c', 'b'), { ...relu('b', 'x', '^c'), op: 'Neg' }, { name: 'odd', op: 'Unknown', inputs: ['x'], attributes: {} }], { out: 'c:0' }))
  t.equal(operations(graph), 'Neg Relu Identity')
})

t.test('100,000 nodes in a chain, or read by one node, do not overflow the stack', async (t) => {
  const nodes = Array.from({ length: 100_000 }, (_, i) => relu(`n${i}`, i === 0 ? 'x' : `n${i - 1}`))
  t.equal(translate(graphOf(nodes, { out: 'n99999' })).nodes.length, 100_001)
  const axis = { name: 'axis', op: 'Const', inputs: [], attributes: {} }
  const wide: TfNode = { name: 'all', op: 'ConcatV2', inputs: [...nodes.keys()].map(() => 'x').concat('axis'), attributes: {} }
  const leaves = Array.from({ length: 200_000 }, (_, i) => relu(`leaf${i}`, 'x'))
  t.strictSame(translate(graphOf([axis, wide], { out: 'all' }, { constants: new Map([['axis', int64([1], [])]]) })).outputs[0]!.dims, ['n', 300_000])
  t.equal(translate(graphOf(
    [...leaves, axis, { ...wide, inputs: [...leaves.map(({ name }) => name), 'axis'] }],
    { out: 'all' },
    { constants: new Map([['axis', int64([1], [])]]) }
  )).nodes.length, 200_002)
})

t.test('a constant may be an output', async (t) => {
  const { out } = await run(translate(graphOf(
    [{ name: 'c', op: 'Const', inputs: [], attributes: {} }, relu('y', 'x')],
    { out: 'c', y: 'y' },
    { constants: new Map([['c', values(1, 2)]]) }
  )))
  t.strictSame(Array.from(out!.data), [1, 2])
})

t.test('arithmetic on constants rounds to float32, and is done for float32 only', async (t) => {
  t.equal(folded('x', 'Sqrt', [int64([1])]), undefined)
  t.equal(folded('x', 'Pow', [scalar(1), scalar(2)]), undefined)
  t.equal(folded('x', 'toString', [scalar(1)]), undefined)
  t.equal(folded('x', 'Add', [scalar(1)]), undefined)
  t.strictSame(
    Array.from(floats(folded('x', 'Sub', [weights([2, 1]), values(1, 2, 3)])!)),
    [...floats(weights([2, 1]))].flatMap((a) => [1, 2, 3].map((b) => Math.fround(a - b))))
})

t.test('operands', async (t) => {
  const builder = createBuilder()
  const picture = fromTensorFlow(builder, 'x', builder.input('x', ['n', 4, 5, 3]))
  t.strictSame(picture.ref.dims, ['n', 3, 4, 5])
  t.strictSame(
    [beside('c', weights([3]), picture).dims, beside('c', weights([4, 1, 1]), picture).dims, beside('c', weights([1, 1, 1]), picture).dims],
    [[1, 3, 1, 1], [1, 1, 4, 1], []])
  t.throws(() => beside('c', weights([2, 1, 1, 1, 1]), picture), { name: 'ConversionError', message: 'c combines a picture with a constant of shape [2, 1, 1, 1, 1].' })
  t.strictSame(computed(builder, 'c', { constant: weights([1, 4, 5, 3]) }).ref.dims, [1, 3, 4, 5])
})
