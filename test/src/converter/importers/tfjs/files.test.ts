import t from 'tap'
import { isConversionError } from '../../../../../src/converter/conversion-error.ts'
import { fromHalf } from '../../../../../src/converter/graph/half-floats.ts'
import { importTfjs } from '../../../../../src/converter/importers/tfjs/import-tfjs.ts'
import { mutations, take } from '../../../../fuzz.ts'
import { difference, random } from '../../small-worlds.ts'
import { bytesOf, type Constant, converted, filesOf, float32, int32, ints, type Model, type NodeJson, type Picture, randoms, reference, shape, text } from './graph-model.ts'

const ROWS: Picture = { dims: [2, 4], data: random(8, 2) }
const input: NodeJson = { name: 'x', op: 'Placeholder', attr: { shape: shape(-1, 4) } }
const product: NodeJson = { name: 'product', op: 'MatMul', input: ['x', 'w'] }
const sum: NodeJson = { name: 'sum', op: 'AddV2', input: ['product', 'b'] }
const MODEL: Model = { nodes: [input, product, sum], groups: [[randoms('w', [4, 3]), randoms('b', [3], 4)]] }

const stored = (values: Uint8Array | Uint16Array, dims: readonly number[], quantization: Constant['quantization'] & object): Constant =>
  ({ name: 'w', shape: dims, dtype: 'float32', bytes: bytesOf(values), quantization })

t.test('weights match those of TF.js', async (t) => {
  const bytes = (length: number) => Uint8Array.from(random(length, 9), (x) => (x + 1) * 128)
  const halves = Uint16Array.from(random(12, 9), (x) => Math.floor((x + 1) * 0x3a00)).map((bits, i) => bits % 0x7c00 | (i % 2) << 15)
  const models: Record<string, [Constant, ...Constant[]]> = {
    float32: [randoms('w', [4, 3])],
    uint8: [stored(bytes(12), [4, 3], { dtype: 'uint8', scale: 0.013, min: -1.7 })],
    uint16: [stored(new Uint16Array(bytes(24).buffer), [4, 3], { dtype: 'uint16', scale: 1.3e-4, min: -2 })],
    'uint16 that is not aligned': [
      { name: 'odd', shape: [1], dtype: 'bool', bytes: Uint8Array.of(1) },
      stored(new Uint16Array(bytes(24).buffer), [4, 3], { dtype: 'uint16', scale: 1.3e-4, min: -2 })
    ],
    float16: [stored(halves, [4, 3], { dtype: 'float16' })]
  }
  t.ok(fromHalf(bytesOf(halves)).every(Number.isFinite))
  for (const [what, constants] of Object.entries(models)) {
    const model: Model = { nodes: [input, product], groups: [constants] }
    const [expected] = await reference(model, ROWS, ['product'])
    const off = difference(expected!, (await converted(filesOf(model), ROWS))['product']!)
    t.ok(off <= 1e-6, `${what}: differs by ${off}`)
  }
})

t.test('shards may end within a tensor, and groups have their own', async (t) => {
  const [expected] = await reference(MODEL, ROWS, ['sum'])
  for (const files of [filesOf(MODEL), filesOf(MODEL, 7), filesOf({ ...MODEL, groups: MODEL.groups[0]!.map((one) => [one]) }, 16)]) {
    t.ok(difference(expected!, (await converted(files, ROWS))['sum']!) <= 1e-6, `${files.size - 1} shards`)
  }
})

t.test('outputs', async (t) => {
  const names = (model: Model) => importTfjs(filesOf(model)).outputs.map(({ name }) => name)
  t.strictSame(names(MODEL), ['sum'], 'without a signature, the nodes that no node reads')
  t.strictSame(names({ ...MODEL, nodes: [...MODEL.nodes, { name: 'other', op: 'Relu', input: ['product'] }, { name: 'done', op: 'NoOp', input: ['^other'] }] }), ['sum'], 'control edges count as reading')
  const signed = (outputs: object): Model => ({ ...MODEL, nodes: [...MODEL.nodes, { name: 'Identity', op: 'Identity', input: ['sum'] }], signature: { outputs } })
  t.strictSame(names(signed({ 'scores:0': { name: 'Identity:0' }, rows: { name: 'product' } })), ['scores', 'rows'], "with one, the signature's")
  t.strictSame(names(signed({ 'out:0': { name: 'Identity:0' }, 'out:1': { name: 'product:0' } })), ['out', 'out:1'])
  const [expected] = await reference(MODEL, ROWS, ['product'])
  t.ok(difference(expected!, (await converted(filesOf(signed({ sum: { name: 'product:0' }, product: { name: 'sum:0' } })), ROWS))['sum']!) <= 1e-6, 'also where they swap the names of the nodes')
  t.throws(() => names(signed({ out: { name: 'sum:1' } })), { name: 'ConversionError', message: 'The output out reads output 1 of sum; only first outputs are supported.' })
})

t.test('damaged or unsupported parts are refused by name', async (t) => {
  const refuses = (files: ReadonlyMap<string, Uint8Array>, message: string | RegExp) => t.throws(() => importTfjs(files), { name: 'ConversionError', message })
  const model = (change: Partial<Model>) => filesOf({ ...MODEL, ...change })
  const nodes = (...nodes: NodeJson[]) => model({ nodes: [input, ...nodes] })
  const json = (value: unknown) => new Map([['model.json', new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value))]])
  const with1 = (files: Map<string, Uint8Array>, change: (shard: Uint8Array) => Uint8Array) => files.set('group1-shard1.bin', change(files.get('group1-shard1.bin')!))

  refuses(new Map([['x.bin', new Uint8Array()]]), 'A TF.js model has a .json file; there are x.bin.')
  refuses(json('{"modelTopology":'), 'The TF.js model is no JSON, or cut off.')
  refuses(json('['.repeat(200_000)), 'The TF.js model is no JSON, or cut off.')
  refuses(json({ format: 'layers-model' }), /^The file is no TF.js graph model: \/modelTopology: /)
  refuses(json({ modelTopology: { node: [{ name: 'x' }] }, weightsManifest: [] }), /^The file is no TF.js graph model: \/modelTopology\/node\/0\/op: /)

  const missing = filesOf(MODEL, 16)
  missing.delete('group1-shard2.bin')
  refuses(missing, 'The shard group1-shard2.bin is missing.')
  refuses(with1(filesOf(MODEL), (shard) => shard.subarray(0, 50)), 'The weights b of shape [3] reach beyond the 50 bytes of group1-shard1.bin.')
  refuses(with1(filesOf(MODEL), (shard) => Uint8Array.of(...shard, 0)), 'group1-shard1.bin has 61 bytes; the manifest tells of 60.')
  refuses(model({ groups: [[{ ...randoms('w', [4, 3]), shape: [2 ** 40, 2 ** 40] }]] }), /^The weights w of shape .* reach beyond the 48 bytes/)
  refuses(model({ groups: [[{ ...randoms('w', [4, 3]), dtype: 'complex64' }]] }), 'The weights w are stored as complex64, which is not supported.')
  refuses(model({ groups: [[{ ...randoms('w', [4, 3]), dtype: 'constructor' }]] }), 'The weights w are stored as constructor, which is not supported.')
  refuses(model({ groups: [[{ ...randoms('w', [4, 3]), shape: [48], dtype: 'uint8' }]] }), 'The weights w are uint8, which is not supported.')
  refuses(model({ groups: [[{ ...stored(new Uint8Array(12), [4, 3], { dtype: 'uint8', scale: 1, min: 0 }), dtype: 'int32' }]] }), 'The weights w are int32 quantised as uint8, which is not supported.')
  refuses(model({ groups: [[stored(new Uint8Array(12), [4, 3], { dtype: 'uint8', scale: 1 })]] }), 'The quantisation of w lacks its scale or minimum, or is not known.')
  refuses(model({ nodes: [...MODEL.nodes, { name: 'c', op: 'Const' }] }), 'The weights manifest has no values for the constant c.')

  refuses(nodes({ name: 'fft', op: 'FFT', input: ['x'] }), 'fft (FFT) is an operation that is not supported.')
  refuses(nodes({ name: 'odd', op: 'constructor', input: ['x'] }), 'odd (constructor) is an operation that is not supported.')
  refuses(nodes({ name: 'p', op: 'Relu', input: ['q'] }, { name: 'q', op: 'Relu', input: ['p'] }, { name: 'r', op: 'Relu', input: ['q'] }), /^[pq] \(Relu\) depends on itself\.$/)
  refuses(nodes({ name: 'a', op: 'Relu', input: ['q'] }), 'q is read, and there is no such node.')
  refuses(nodes({ name: 'a', op: 'Relu', input: ['x:1'] }), 'a (Relu) reads output 1 of x; only first outputs are supported.')
  refuses(nodes({ name: 'a', op: 'Relu' }), 'a (Relu) lacks its input 0.')
  refuses(nodes({ name: 'a', op: 'AddV2', input: ['x'] }), 'a (AddV2) needs two inputs.')
  refuses(nodes({ name: 'a', op: 'MatMul', input: ['x', 'x'] }), 'a (MatMul): its input 1 must be a constant.')
  refuses(nodes({ name: 'a', op: 'MatMul', input: ['x', 'b'] }), 'A tensor of shape [3] should have 2 axes.')
  refuses(nodes({ name: 'a', op: 'MatMul', input: ['x', 'w'], attr: { transpose_a: { b: true } } }), 'a (MatMul) transposes its first input, which is not supported.')
  refuses(nodes({ name: 'a', op: '_FusedMatMul', input: ['x', 'w', 'b'], attr: { fused_ops: { list: { s: ['RWx1'] } } } }), 'a (_FusedMatMul) is fused with Elu, which is not supported.')
  refuses(nodes({ name: 'a', op: 'Conv2D', input: ['x', 'w'] }), 'a (Conv2D) needs [n, h, w, c]; it has [n, 4].')
  refuses(nodes({ name: 'a', op: 'ConcatV2', input: ['b'] }), 'a (ConcatV2) joins nothing, or a picture with something else.')
  refuses(nodes({ name: 'a', op: 'Pow', input: ['b', 'b'] }), 'a (Pow) is an operation that is not supported.')
  refuses(model({ nodes: [{ name: 'x', op: 'Placeholder' }, product] }), 'The input x says nothing of its shape.')
  refuses(model({ nodes: [input] }), 'The graph has no outputs.')
})

t.test('attributes of pictures', async (t) => {
  const constants = [randoms('w', [3, 3, 2, 4]), randoms('v', [4]), int32('p', [0, 1], [1, 2]), float32('one', Float32Array.of(1), []), randoms('w3', [3, 3, 3, 4])]
  const refuses = (node: Omit<NodeJson, 'name'>, message: string) => {
    const files = filesOf({ nodes: [{ name: 'x', op: 'Placeholder', attr: { shape: shape(-1, 5, 5, 2) } }, { name: 'a', ...node }], groups: [constants] })
    t.throws(() => importTfjs(files), { name: 'ConversionError', message })
  }
  const conv = (attr: NodeJson['attr'] & object) => ({ op: 'Conv2D', input: ['x', 'w'], attr: { strides: ints(1, 1, 1, 1), padding: text('SAME'), ...attr } })
  refuses(conv({ data_format: text('NCHW') }), 'a (Conv2D) works on NCHW; only NHWC is supported.')
  refuses(conv({ strides: ints(2, 1, 1, 1) }), 'a (Conv2D) has strides [2, 1, 1, 1]; only height and width may differ from 1.')
  refuses(conv({ strides: ints(1, 0, 1, 1) }), 'a: its window has an impossible kernel, stride or dilation of [0, 1].')
  refuses(conv({ padding: text('FULL') }), 'a (Conv2D) has the padding FULL, which is not known.')
  refuses(conv({ padding: text('EXPLICIT') }), 'a (Conv2D) has the padding EXPLICIT, which is not known.')
  refuses({ ...conv({}), input: ['x', 'w3'] }, 'a: 4 kernels for 3 of 2 channels each cannot be shared out.')
  refuses({ op: 'FusedBatchNormV3', input: ['x', 'v', 'v', 'v', 'v'] }, 'a (FusedBatchNormV3) is set to training.')
  refuses({ op: 'Pad', input: ['x', 'p'] }, 'a (Pad) has 2 paddings for [n, 2, 5, 5].')
  refuses({ op: 'PadV2', input: ['x', 'p', 'one'] }, 'a (PadV2) pads with something else than 0.')
  refuses({ op: 'AddV2', input: ['p', 'p'] }, 'a (AddV2) combines constants in a way that is not supported.')
})

t.test('3,000 damaged models are refused or read', async (t) => {
  const files = filesOf(MODEL)
  let [read, refused] = [0, 0]
  for (const damaged of take(3_000, mutations(3, files.get('model.json')!))) {
    try {
      importTfjs(new Map(files).set('model.json', damaged))
      read++
    } catch (error) {
      if (!isConversionError(error)) throw error
      refused++
    }
  }
  t.ok(read > 20 && refused > 1000, `${read} read, ${refused} refused`)
})
