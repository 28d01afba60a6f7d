import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { encode } from '../../../src/converter/graph/encode-model.ts'
import { int, type Graph } from '../../../src/converter/graph/graph.ts'
import { float32 } from '../../../src/converter/graph/tensor.ts'
import { imageInput } from '../../../src/converter/passes/image-input.ts'
import { openSession, output } from '../../../src/onnx/session.ts'
import { world } from '../converter/small-worlds.ts'

const OPTIONS = { device: { provider: 'cpu' }, threads: 1 } as const
/** The mean of each channel, and the sum of them. */
const means = imageInput({ channels: 'BGR', mean: [0, 0, 0], std: [1, 1, 1] })(world([3, 4, 4], (b, x) => {
  const mean = b.reduce('ReduceMean', 'mean', x, [2, 3], false)
  return { mean, sum: b.dense('sum', mean, float32(Float32Array.of(1, 1, 1), [1, 3])) }
}))

t.test('a session accepts any number of pictures of any size, and returns outputs by name', async (t) => {
  const path = join(t.testdir(), 'means.onnx')
  await writeFile(path, encode(means))
  const session = await openSession(path, OPTIONS)
  const pixels = Uint8Array.from({ length: 2 * 2 * 3 * 3 }, (_, i) => [10, 20, 30][i % 3]! + (i >= 18 ? 1 : 0))
  const outputs = await session.run(pixels, [2, 2, 3, 3])
  t.strictSame(output(outputs, 'mean'), { dims: [2, 3], data: Float32Array.of(30, 20, 10, 31, 21, 11) })
  t.strictSame(output(outputs, 'sum'), { dims: [2, 1], data: Float32Array.of(60, 63) })
  t.throws(() => output(outputs, 'age'), { message: 'The network has no output age; it has mean, sum.' })
  await t.rejects(session.run(pixels, [2, 2, 3, 2]), 'a shape that does not fit the number of pixels')
  await t.rejects(session.run(pixels, [3, 2, 3, 2]), 'a number of channels that the network does not accept')
  await session.close()
})

t.test('large pictures are run in a session that keeps no memory, opened by the first one; runs wait for each other', async (t) => {
  const path = join(t.testdir(), 'means.onnx')
  await writeFile(path, encode(means))
  const session = await openSession(path, OPTIONS)
  const mean = async (side: number) => output(await session.run(new Uint8Array(side * side * 3).fill(2), [1, side, side, 3]), 'mean').data
  const expected = Float32Array.of(2, 2, 2)
  t.strictSame(await Promise.all([mean(1500), mean(2), mean(1500), mean(2)]), [expected, expected, expected, expected])
  await rm(path)
  t.strictSame([await mean(1500), await mean(2)], [expected, expected], 'both stay open')
  await session.close()
})

t.test('a network with float32 input accepts bytes too, but one with uint8 input does not accept float32', async (t) => {
  const graph = world([3, 1, 1], (b, x) => ({ mean: b.reduce('ReduceMean', 'mean', x, [2, 3], false) }))
  const open = async (type?: 'float32') => {
    const path = join(t.testdir(), 'mean.onnx')
    await writeFile(path, encode(imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1], ...(type && { type }) })(graph)))
    const session = await openSession(path, OPTIONS)
    return async (pixels: Uint8Array | Float32Array) => output(await session.run(pixels, [1, 1, 1, 3]), 'mean').data
  }
  const fractions = await open('float32')
  t.strictSame(await fractions(Float32Array.of(0.5, 1, 2)), Float32Array.of(0.5, 1, 2))
  t.strictSame(await fractions(Uint8Array.of(3, 1, 2)), Float32Array.of(3, 1, 2))
  await t.rejects((await open())(Float32Array.of(0.5, 1, 2)))
})

t.test('an output that is not float32 is refused', async (t) => {
  const path = join(t.testdir(), 'top.onnx')
  const graph = world([3, 1, 1], (b, x) => ({ top: b.node('ArgMax', 'top', [x], ['n', 1, 1, 1], { axis: int(1) }) }))
  const typed: Graph = { ...graph, outputs: [{ name: 'top', type: 'int64', dims: ['n', 1, 1, 1] }] }
  await writeFile(path, encode(imageInput({ channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] })(typed)))
  const session = await openSession(path, OPTIONS)
  await t.rejects(session.run(Uint8Array.of(1, 2, 3), [1, 1, 1, 3]), { name: 'TypeError', message: 'Output top is no float32 tensor.' })
  await session.close()
})

t.test('a file that is not a graph does not open', async (t) => {
  const path = join(t.testdir({ 'x.onnx': 'no graph' }), 'x.onnx')
  await t.rejects(openSession(path, OPTIONS))
})
