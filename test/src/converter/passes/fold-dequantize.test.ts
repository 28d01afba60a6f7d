import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { convert } from '../../../../src/converter/convert.ts'
import type { Builder, Ref } from '../../../../src/converter/graph/builder.ts'
import { type Graph, int } from '../../../../src/converter/graph/graph.ts'
import { float32, int64, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { foldDequantize } from '../../../../src/converter/passes/fold-dequantize.ts'
import { prune } from '../../../../src/converter/passes/prune.ts'
import { cards } from '../../../../src/models/yunet/cards.ts'
import { published, type Recorded, recordedInput } from '../../../references.ts'
import { agrees } from '../importers/recorded.ts'
import { keeps, leaves, operations, random, world } from '../small-worlds.ts'

const integers = (type: 'int8' | 'uint8' | 'int32', dims: readonly number[], seed = 1): Tensor => {
  const length = dims.reduce((product, dim) => product * dim, 1)
  const values = Array.from(random(length, seed), (value) => Math.round(type === 'uint8' ? 127 * value + 128 : 127 * value))
  const stored = type === 'int8' ? Int8Array.from(values) : type === 'uint8' ? Uint8Array.from(values) : Int32Array.from(values)
  return { type, dims, bytes: () => new Uint8Array(stored.buffer) }
}

const scales = (dims: readonly number[]): Tensor => float32(random(dims.reduce((product, dim) => product * dim, 1), 9).map((value) => value + 2), dims)

/** A graph whose output is the input plus a dequantised constant, reshaped to [n, channels, rows, columns]. */
function graphOf (stored: Tensor, scale: Tensor, zero: Tensor | undefined, attributes: Readonly<Record<string, number>>): Graph {
  const [channels = 1, rows = 1, columns = 1] = stored.dims
  const graph = world([channels, rows, columns], (b, x) => ({ y: b.binary('Add', 'sum', x, dequantised(b, stored, scale, zero, attributes)) }))
  return { ...graph, opsets: new Map([['', 21]]) }
}

function dequantised (b: Builder, stored: Tensor, scale: Tensor, zero: Tensor | undefined, attributes: Readonly<Record<string, number>>): Ref {
  const inputs = [b.constant('stored', stored), b.constant('scale', scale), ...(zero ? [b.constant('zero', zero)] : [])]
  return b.node('DequantizeLinear', 'weights', inputs, stored.dims, Object.fromEntries(Object.entries(attributes).map(([name, value]) => [name, int(value)])))
}

t.test('constants in eight bits become what ONNX Runtime makes of them', async (t) => {
  const dims = [2, 3, 10]
  for (const [what, scale, zero, attributes] of [
    ['one scale', [], [], {}],
    ['one scale in a list', [1], undefined, { axis: 0 }],
    ['a scale for each index along the default axis', [3], [3], {}],
    ['along the last axis', [10], undefined, { axis: -1 }],
    ['along the first axis', [2], [2], { axis: 0 }],
    ['blocks', [2, 3, 2], [2, 3, 2], { axis: 2, block_size: 5 }],
    ['a last block that is not full', [2, 3, 3], undefined, { axis: -1, block_size: 4 }],
    ['blocks along the first axis', [1, 3, 10], [1, 3, 10], { axis: 0, block_size: 2 }],
    ['blocks along the middle axis', [2, 2, 10], [2, 2, 10], { axis: 1, block_size: 2 }]
  ] as const) {
    for (const type of ['int8', 'uint8', 'int32'] as const) {
      // ONNX Runtime takes no zero points beside int32, and no blocks of it.
      if (type === 'int32' && (zero?.length || 'block_size' in attributes)) continue
      const zeros = zero && type !== 'int32' ? integers(type, zero, 3) : undefined
      const after = await keeps(t, graphOf(integers(type, dims), scales(scale), zeros, attributes), foldDequantize, prune)
      t.equal(operations(after), 'Add Identity', `${what}, ${type}`)
    }
  }
})

t.test('one scale stands for all, although a block size is given: ONNX Runtime refuses that, and OpenCV’s files have it', async (t) => {
  const [stored, scale, zero] = [integers('int8', [4]), scales([1]), integers('int8', [1], 3)]
  const blocked = foldDequantize(graphOf(stored, scale, zero, { axis: 0, block_size: 64 }))
  const plain = foldDequantize(graphOf(stored, scale, zero, { axis: 0 }))
  t.equal(operations(blocked), 'Add Identity')
  t.ok(Buffer.from(blocked.initializers.get('weights')!.bytes()).equals(plain.initializers.get('weights')!.bytes()))
})

t.test('so does the Reshape of one, which no other Reshape does', async (t) => {
  const graph = (shape: readonly number[], more = {}): Graph => {
    const made = world([4, 3, 2], (b, x) => {
      const weights = dequantised(b, integers('int8', [4, 6]), scales([4, 2]), undefined, { axis: 1, block_size: 3 })
      return { y: b.binary('Add', 'sum', x, b.node('Reshape', 'reshaped', [weights, b.constant('shape', int64(shape))], [4, 3, 2], more)) }
    })
    return { ...made, opsets: new Map([['', 21]]) }
  }
  for (const shape of [[4, 3, 2], [0, 3, 2], [-1, 3, 2], [0, -1, 2]]) {
    const after = await keeps(t, graph(shape), foldDequantize, prune)
    t.equal(operations(after), 'Add Identity')
    t.strictSame(after.initializers.get('reshaped')?.dims, [4, 3, 2])
  }
  t.throws(() => foldDequantize(graph([5, 3, 2])), { name: 'ConversionError' })
  t.throws(() => foldDequantize(graph([0, 3, 2], { allowzero: int(1) })), { name: 'ConversionError' })
  leaves(t, world([4, 3, 2], (b, x) => ({ y: b.binary('Add', 'sum', x, b.reshape('same', b.constant('c', float32(random(24), [24])), [4, 3, 2])) })), foldDequantize)
})

t.test('what is computed, or contradicts itself, is left to ONNX Runtime', async (t) => {
  leaves(t, world([3, 2, 2], (b, x) => {
    const stored = b.node('QuantizeLinear', 'stored', [x, b.constant('scale', scales([]))], x.dims)
    return { y: b.node('DequantizeLinear', 'back', [stored, b.constant('same', scales([]))], x.dims) }
  }), foldDequantize)
  const stored = integers('int8', [2, 3, 10])
  for (const [scale, zero, attributes] of [
    [scales([4]), undefined, {}],
    [scales([3]), integers('int8', [2]), {}],
    [scales([3]), scales([3]), {}],
    [integers('int8', [3]), undefined, {}],
    [scales([10]), undefined, { axis: 3 }],
    [scales([2, 3, 2]), undefined, { axis: 2, block_size: 4 }],
    [scales([2, 3, 10]), undefined, { axis: 2, block_size: -1 }],
    [scales([2, 3]), undefined, { axis: 1, block_size: 5 }]
  ] as const) leaves(t, graphOf(stored, scale, zero, attributes), foldDequantize)
  leaves(t, graphOf(float32(random(60), [2, 3, 10]), scales([]), undefined, {}), foldDequantize)
})

const [, { files: [file], conversion }] = cards
const weights = published(file.sha256, file.name)

t.test('YuNet in eight bits gives what onnxruntime gives for the file as it is published', { skip: !weights && `${file.name} is not in MODELS_PATH` }, async (t) => {
  const { outputs } = JSON.parse(readFileSync('test/fixtures/yunet/int8bq.json', 'utf8')) as Pick<Recorded, 'outputs'>
  const session = await InferenceSession.create(convert(conversion, new Map([[file.name, weights!]])), { intraOpNumThreads: 1, logSeverityLevel: 3 })
  const pixels = recordedInput({ layout: 'NHWC', shape: [1, 640, 640, 3], sample: 0, scale: 256, offset: 0, floor: true })
  const found = await session.run({ image: new Value('uint8', Uint8Array.from(pixels), [1, 640, 640, 3]) })
  await session.release()
  agrees(t, Object.fromEntries(Object.entries(found).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }])), outputs, 1e-4)
  t.strictSame(Object.keys(found), outputs.map(({ name }) => name))
})
