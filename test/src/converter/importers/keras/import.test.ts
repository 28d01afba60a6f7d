import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { encode } from '../../../../../src/converter/graph/encode-model.ts'
import { importKeras, type Network } from '../../../../../src/converter/importers/keras/import-keras.ts'
import { readWeights } from '../../../../../src/converter/importers/keras/keras-weights.ts'
import { conv2d, dense, flatten, input, locallyConnected2d, maxPool, zeroPadding } from '../../../../../src/converter/importers/keras/layers.ts'
import { emotion } from '../../../../../src/converter/networks/deepface-emotion.ts'
import { deepId } from '../../../../../src/converter/networks/deepid.ts'
import { formulaInput, formulaWeights } from '../../../../keras/formula.ts'
import { type FileDescription, packKeras } from '../../../../keras/pack.ts'
import { withReferences } from '../../../../keras/reference.ts'
import { nested, readFixture, tiny } from '../../../../keras/tiny.ts'

const run = async (bytes: Uint8Array, network: Network, dims: readonly number[]): Promise<readonly number[]> => {
  const session = await InferenceSession.create(encode(importKeras(bytes, network)))
  const [n = 0, c = 0, h = 0, w = 0] = dims
  const [output] = Object.values(await session.run({ input: new Tensor('float32', formulaInput([n, h, w, c], { scale: 1 }), dims) }))
  await session.release()
  return Array.from(output!.data as Float32Array)
}

t.test('every variant of file makes the same network', withReferences, async (t) => {
  const plain = await run(await readFixture('plain.h5'), tiny(), [2, 2, 6, 8])
  t.equal(plain.length, 6)
  for (const name of ['chunked', 'full-optimizer', 'full', 'gzip-shuffle', 'gzip', 'keras1', 'latest-gzip', 'latest', 'param', 'split-names', 'vlen-names']) {
    t.strictSame(await run(await readFixture(`${name}.h5`), tiny(), [2, 2, 6, 8]), plain, name)
  }
})

t.test('a nested model gets its weights although the file lists trainable ones first', withReferences, async (t) => {
  const bytes = await readFixture('nested.h5')
  const all = readWeights(bytes).flatMap(({ weights }) => weights)
  const flat: FileDescription = {
    root: '',
    layers: ['conv', 'bn', 'prelu', 'dw', 'bn_noscale', 'fc', 'head'].map((layer) => ({
      name: layer, weights: all.flatMap(({ name, dims }, index) => name.startsWith(`${layer}/`) ? [{ index, name, shape: dims, role: '' }] : [])
    }))
  }
  const repacked = await packKeras(`${t.testdir()}/flat.h5`, flat, ({ index }) => new Float32Array(Uint8Array.from(all[index]!.bytes()).buffer))
  t.strictSame(await run(bytes, nested(), [2, 2, 6, 8]), await run(repacked, nested(), [2, 2, 6, 8]))
})

t.test('the real files of DeepID and Emotion are imported', withReferences, async (t) => {
  t.equal((await run(await readFixture('DeepID.h5'), deepId, [1, 3, 55, 47])).length, 160)
  t.equal((await run(await readFixture('Emotion.h5'), emotion, [1, 1, 48, 48])).length, 7)
})

/** A file with one layer for each set of shapes. */
const file = (path: string, layers: Readonly<Record<string, Readonly<Record<string, readonly number[]>>>>): Promise<Uint8Array> => {
  let index = 0
  const description: FileDescription = {
    root: '',
    layers: Object.entries(layers).map(([name, weights]) => ({
      name, weights: Object.entries(weights).map(([role, shape]) => ({ index: index++, name: `${name}/${role}:0`, shape, role }))
    }))
  }
  return packKeras(path, description, ({ index, role, shape }) => formulaWeights(index, role, shape, 1))
}

t.test('a file that does not fit is refused with the layer, what was expected and what was found', async (t) => {
  const network = (): Network => ({ name: 'two', outputs: { scores: dense(flatten(conv2d(input(3, 3, 2), 4, 3, { name: 'conv' })), 5, { name: 'fc' }) } })
  const conv = { kernel: [3, 3, 2, 4], bias: [4] }
  const fc = { kernel: [4, 5], bias: [5] }
  const cases: ReadonlyArray<readonly [string, Parameters<typeof file>[1], RegExp]> = [
    ['another shape', { a: { ...conv, kernel: [3, 3, 1, 4] }, b: fc },
      /kernel of conv should have the shape \[3, 3, 2, 4\]; a\/kernel:0 in layer a of the file has \[3, 3, 1, 4\]/],
    ['no bias', { a: { kernel: [3, 3, 2, 4] }, b: fc }, /conv needs 2 \(kernel, bias\); layer a of the file has 1 \(a\/kernel:0 \[3, 3, 2, 4\]\)/],
    ['a tensor too many', { a: conv, b: { ...fc, gamma: [5] } }, /fc needs 2 \(kernel, bias\); layer b of the file has 3/],
    ['a layer too few', { a: conv }, /ends before fc: the network has 2 layers with weights, the file 1/],
    ['a layer too many', { a: conv, b: fc, c: fc }, /has the layer c too many: the network has 2 layers with weights, the file 3/]
  ]
  for (const [title, layers, message] of cases) {
    const bytes = await file(`${t.testdir()}/${title}.h5`, layers)
    t.throws(() => importKeras(bytes, network()), { name: 'ConversionError', message }, title)
  }
})

t.test('pooling zeros beside possibly negative values is refused, because ONNX Runtime would ignore the zeros', async (t) => {
  const bytes = await file(`${t.testdir()}/pool.h5`, { a: { kernel: [1, 1, 1, 1], bias: [1] } })
  const network = (activation?: 'relu'): Network =>
    ({ name: 'pool', outputs: { highest: maxPool(zeroPadding(conv2d(input(2, 2, 1), 1, 1, activation ? { activation } : {}), 1), 2) } })
  t.throws(() => importKeras(bytes, network()), { name: 'ConversionError', message: /may be negative/ })
  t.equal((await run(bytes, network('relu'), [1, 1, 2, 2])).length, 4)
})

t.test('locally connected layers have one kernel per position', withReferences, async (t) => {
  // Two input channels, 4×4, kernels of 3×3: 2×2 positions of 18 values each.
  const network: Network = { name: 'local', outputs: { values: flatten(locallyConnected2d(input(4, 4, 2), 3, 3)) } }
  const found = await run(await readFixture('local.h5'), network, [2, 2, 4, 4])
  const [kernel, bias] = [formulaWeights(0, 'local_kernel', [4, 18, 3], 1), formulaWeights(1, 'bias', [2, 2, 3], 1)]
  const x = formulaInput([2, 4, 4, 2], { scale: 1 })
  const expected = Array.from({ length: 24 }, (_, i) => {
    const [n, position, filter] = [Math.floor(i / 12), Math.floor(i / 3) % 4, i % 3]
    let sum = bias[position * 3 + filter]!
    for (let k = 0; k < 18; k++) {
      const [dy, dx, c] = [Math.floor(k / 6), Math.floor(k / 2) % 3, k % 2]
      sum += kernel[(position * 18 + k) * 3 + filter]! * x[n * 32 + c * 16 + (Math.floor(position / 2) + dy) * 4 + position % 2 + dx]!
    }
    return sum
  })
  t.ok(found.every((value, i) => Math.abs(value - expected[i]!) < 1e-5), `${found} is ${expected}`)
})
