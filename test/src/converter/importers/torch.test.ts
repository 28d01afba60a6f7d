import t from 'tap'
import { floats, integers, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { readStateDict } from '../../../../src/converter/importers/torch/read-state-dict.ts'
import { archive } from './archives.ts'
import { legacy, type Storage, storageOf, tensor, zipped } from './checkpoints.ts'
import { ascii, build, dict, global, int, joined, list, NONE, orderedDict, persistent, pickle, reduce, text, tuple } from './pickles.ts'
import { survives } from './survives.ts'

const halves = storageOf('0', 'Half', Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x7bff))
const brains = storageOf('1', 'BFloat16', Uint16Array.of(0x3f80, 0xc000, 0x3eab, 0x7f7f))
const singles = storageOf('2', 'Float', Float32Array.of(1, 2, 3, 4, 5, 6))
const doubles = storageOf('3', 'Double', Float64Array.of(0.1, -1e300))
const shorts = storageOf('4', 'Short', Int16Array.of(-2, 300))
const longs = storageOf('5', 'Long', BigInt64Array.of(-1n, 7n))
const bools = storageOf('6', 'Bool', Uint8Array.of(1, 0))
const storages = [halves, brains, singles, doubles, shorts, longs, bools]

/** All cases at once: each element type, a transposed view and a part of the same storage. */
const everything = orderedDict({
  half: tensor(halves, [4], [1]),
  brain: tensor(brains, [2, 2], [2, 1]),
  single: tensor(singles, [2, 3], [3, 1]),
  transposed: tensor(singles, [3, 2], [1, 3]),
  part: tensor(singles, [2], [2], 1),
  double: tensor(doubles, [2], [1]),
  short: tensor(shorts, [2], [1]),
  long: tensor(longs, [1, 2], [2, 1]),
  bool: tensor(bools, [2], [1]),
  scalar: tensor(singles, [], [], 5),
  'bn.num_batches_tracked': tensor(longs, [], [])
})

const forms = { 'a legacy file': legacy(everything, storages), 'a zip': zipped(everything, storages), 'a zip with ZIP64 records': zipped(everything, storages, { zip64: true }) }
for (const [form, file] of Object.entries(forms)) {
  t.test(`${form} returns every element type, shared and strided storages`, async (t) => {
    const tensors = readStateDict(file)
    const values = (name: string) => [...floats(tensors.get(name)!)]
    t.strictSame([...tensors.keys()], ['half', 'brain', 'single', 'transposed', 'part', 'double', 'short', 'long', 'bool', 'scalar'])
    t.strictSame(values('half'), [1, -2, 0.333251953125, 65504])
    t.strictSame(values('brain'), [1, -2, 0.333984375, 3.3895313892515355e38])
    t.strictSame(values('transposed'), [1, 4, 2, 5, 3, 6])
    t.strictSame(values('part'), [2, 4])
    t.strictSame(values('double'), [Math.fround(0.1), -Infinity])
    t.strictSame(values('scalar'), [6])
    t.strictSame(integers(tensors.get('short')!), [-2, 300])
    t.strictSame(integers(tensors.get('long')!), [-1, 7])
    t.match(tensors.get('bool')!, { type: 'bool', dims: [2] } satisfies Partial<Tensor>)
    t.strictSame(tensors.get('brain')!.dims, [2, 2])
  })
}

t.test('files of big-endian machines', async (t) => {
  const swapped = storageOf('0', 'Float', Buffer.from(Float32Array.of(1.5, -2).buffer).swap32())
  const value = dict({ w: tensor({ ...swapped, count: 2 }, [2], [1]) })
  for (const file of [legacy(value, [{ ...swapped, count: 2 }], false), zipped(value, [{ ...swapped, count: 2 }], { byteOrder: 'big' })]) {
    t.strictSame([...floats(readStateDict(file).get('w')!)], [1.5, -2])
  }
})

t.test('the state dict of a training checkpoint, of parallel training, of Python 2', async (t) => {
  const w = tensor(singles, [6], [1])
  const names = (value: Uint8Array) => [...readStateDict(legacy(value, [singles])).keys()]
  t.strictSame(names(dict({ epoch: int(3), state_dict: orderedDict({ 'module.a': w, 'module.b': w }) })), ['a', 'b'])
  t.strictSame(names(orderedDict({ 'module.a': w, b: w })), ['module.a', 'b'])
  t.strictSame(names(reduce(global('collections', 'OrderedDict'), list(list(text('a'), w)))), ['a'])
  t.strictSame(names(build(orderedDict({ a: reduce(global('torch._utils', '_rebuild_parameter'), w, int(1), orderedDict()) }), dict({ _metadata: orderedDict() }))), ['a'])
})

t.test('the weights of a module that was saved whole, as ultralytics does, under the names of its state dict', async (t) => {
  const module = (name: string, { parameters = {}, buffers = {}, modules = {} }: { parameters?: Parts, buffers?: Parts, modules?: Parts }): Uint8Array =>
    build(reduce(global('ultralytics.nn.modules.conv', name)), dict({
      training: int(0), _parameters: orderedDict(parameters), _buffers: orderedDict(buffers), _modules: orderedDict(modules)
    }))
  type Parts = Readonly<Record<string, Uint8Array>>
  const parameter = (value: Uint8Array): Uint8Array => reduce(global('torch._utils', '_rebuild_parameter'), value, int(1), orderedDict())
  const layer = module('Conv', {
    modules: {
      conv: module('Conv2d', { parameters: { weight: parameter(tensor(singles, [2, 3], [3, 1])), bias: NONE } }),
      bn: module('BatchNorm2d', { buffers: { running_mean: tensor(singles, [2], [1]), num_batches_tracked: tensor(longs, [], []) } })
    }
  })
  const network = module('DetectionModel', { modules: { model: module('Sequential', { modules: { 0: layer } }), criterion: NONE } })
  const names = (value: Uint8Array) => [...readStateDict(zipped(value, [singles, longs])).keys()]
  const expected = ['model.0.conv.weight', 'model.0.bn.running_mean']
  t.strictSame(names(network), expected)
  t.strictSame(names(dict({ epoch: int(3), ema: NONE, model: network, train_args: dict({ imgsz: int(640) }) })), expected)
  t.strictSame(names(dict({ ema: network, model: module('DetectionModel', {}) })), expected, 'the average over the training is taken')
  const deep = Array.from({ length: 40 }).reduce<Uint8Array>((inner) => module('Sequential', { modules: { 0: inner } }), layer)
  t.throws(() => names(deep), { message: 'The checkpoint has more than 32 modules within each other.' })
})

const refused: Record<string, readonly [value: Uint8Array, message: RegExp, storages?: readonly Storage[]]> = {
  'a call of os.system': [dict({ a: reduce(global('os', 'system'), text('id')) }), /names os\.system, which is not allowed/],
  'builtins.eval': [dict({ a: reduce(global('builtins', 'eval'), text('1')) }), /names builtins\.eval/],
  'a method behind an allowed name': [dict({ a: global('torch._utils', '_rebuild_tensor_v2.__globals__') }), /names torch\._utils\._rebuild_tensor_v2\.__globals__/],
  'the state of a foreign class': [build(global('torch.nn', 'Module'), dict({})), /names torch\.nn\.Module/],
  'the state of a list': [build(list(), dict({})), /state of a list/],
  'the state of a class': [build(global('collections', 'OrderedDict'), dict({})), /state of collections\.OrderedDict/],
  'a call of something that is not a function': [reduce(text('os'), text('id')), /calls "os"/],
  'an instance by INST': [ascii('(ios\nsystem\n'), /uses INST at \d+, which is not allowed/],
  'an extension': [ascii('\x82\x01'), /uses EXT1/],
  'a quantised tensor': [dict({ a: reduce(global('torch._utils', '_rebuild_qtensor'), int(1)) }), /names torch\._utils\._rebuild_qtensor/],
  'something other than tensors': [dict({ a: int(3) }), /a of the state dict should be a tensor, and is 3/, []],
  'no dictionary': [list(tensor(singles, [6], [1])), /holds a list of 1; a state dict was expected/],
  'a tensor beyond its storage': [dict({ a: tensor(singles, [7], [1]) }), /a of shape \[7\], strides \[1\] and offset 0 reaches beyond the 6 numbers/],
  'an offset beyond its storage': [dict({ a: tensor(singles, [1], [1], 6) }), /reaches beyond/],
  'a tensor that repeats one number without end': [dict({ a: tensor(singles, [1 << 30, 1 << 30], [0, 0]) }), /reaches beyond the 6 numbers/],
  'negative strides': [dict({ a: tensor(singles, [2], [-1], 1) }), /strides of a should be a whole number from 0/],
  'a storage of another length': [dict({ a: tensor({ ...singles, count: 5 }, [5], [1]) }), /storage 2 should have/],
  'a missing storage': [dict({ a: tensor({ ...singles, key: '9' }, [6], [1]) }), /no storage 9/, []],
  'a storage that is not persistent': [dict({ a: reduce(global('torch._utils', '_rebuild_tensor_v2'), text('x'), int(0), tuple(), tuple()) }), /where a storage was expected/, []],
  'a reference to something else': [dict({ a: persistent(tuple(text('module'), global('torch', 'FloatStorage'), text('2'), text('cpu'), int(6))) }), /refers to "module" of torch\.FloatStorage, which is no storage/],
  'a storage of a class that is not a storage': [dict({ a: persistent(tuple(text('storage'), global('torch', 'Size'), text('2'), text('cpu'), int(6))) }), /a storage of torch\.Size, which is none/],
  'a storage inside another': [dict({ a: persistent(tuple(text('storage'), global('torch', 'FloatStorage'), text('2'), text('cpu'), int(6), tuple(text('1'), int(0), int(6)))) }), /storage "2" is part of another/],
  'a key that is not a name': [joined(ascii('}'), int(1), tensor(singles, [6], [1]), ascii('s')), /has the key 1; a state dict has names/],
  'a storage that nothing uses': [dict({}), /storage "2" that nothing refers to/]
}
for (const [what, [value, message, held = [singles]]] of Object.entries(refused)) {
  t.test(`refused: ${what}`, async (t) => {
    t.throws(() => readStateDict(legacy(value, held)), { name: 'ConversionError', message })
  })
}

t.test('refused: a zip whose storages are missing or of another length, or that calls a forbidden function', async (t) => {
  const fails = (value: Uint8Array, held: readonly Storage[], message: RegExp) => t.throws(() => readStateDict(zipped(value, held)), { name: 'ConversionError', message })
  const w = dict({ w: tensor(singles, [6], [1]) })
  fails(w, [], /no storage 2/)
  fails(w, [{ ...singles, bytes: singles.bytes.subarray(4) }], /storage 2 should have 24 bytes, and has 20/)
  fails(dict({ a: reduce(global('posix', 'system'), text('id')) }), [], /names posix\.system/)
})

t.test('refused: other archives and pickles', async (t) => {
  const fails = (file: Uint8Array, message: RegExp) => t.throws(() => readStateDict(file), { name: 'ConversionError', message })
  fails(archive({ 'x/data.pkl': pickle(dict({})), 'x/constants.pkl': pickle(tuple()) }), /TorchScript/)
  fails(archive({ 'x/y': text('z') }), /no data\.pkl/)
  fails(pickle(dict({})), /no PyTorch checkpoint/)
  fails(ascii('GIF89a'), /neither a zip nor a pickle/)
  fails(zipped(everything, storages, { byteOrder: 'middle' }), /byte order/)
  fails(new Uint8Array(), /neither a zip nor a pickle/)
})

t.test('10,000 damaged files are read or refused, in bounded memory', async (t) => {
  const value = orderedDict({ a: tensor(singles, [2, 3], [3, 1]), b: tensor(halves, [4], [1]), c: reduce(global('torch._utils', '_rebuild_parameter'), tensor(singles, [3], [2])) })
  for (const file of [legacy(value, [halves, singles]), zipped(value, [halves, singles], { zip64: true })]) {
    survives(t, file, (bytes) => readStateDict(bytes).forEach((tensor) => tensor.bytes()))
  }
})
