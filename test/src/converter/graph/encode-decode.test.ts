import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { isConversionError } from '../../../../src/converter/conversion-error.ts'
import { decode } from '../../../../src/converter/graph/decode-model.ts'
import { encode } from '../../../../src/converter/graph/encode-model.ts'
import { float, type Graph, int, ints, node, string } from '../../../../src/converter/graph/graph.ts'
import * as schema from '../../../../src/converter/graph/onnx-schema.ts'
import { byteLength, DATA_TYPES, type DataType, elements, float32, int64, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { mutations, take } from '../../../fuzz.ts'
import { normalisation, run, weights, world } from '../small-worlds.ts'

const tensor = (type: DataType, dims: readonly number[]): Tensor => {
  const bytes = Uint8Array.from({ length: byteLength({ type, dims }) }, (_, i) => type === 'bool' ? i % 2 : i * 37)
  return { type, dims, bytes: () => bytes }
}

/** A graph with every kind of attribute, dimension and data type. */
const everything: Graph = {
  name: 'everything',
  opsets: new Map([['', 17], ['com.example', 3]]),
  inputs: [{ name: 'x', type: 'float32', dims: ['n', 3] }, { name: 'flag', type: 'bool', dims: [] }, { name: 'any', type: 'uint8', dims: undefined }],
  outputs: [{ name: 'y', type: 'float16', dims: ['n', 'some'] }],
  initializers: new Map((Object.keys(DATA_TYPES) as DataType[]).flatMap((type) =>
    [[`${type} [2, 3]`, tensor(type, [2, 3])], [`${type} []`, tensor(type, [])], [`${type} [0]`, tensor(type, [0])]] as const)),
  nodes: [
    {
      op: 'Odd',
      name: 'odd',
      domain: 'com.example',
      inputs: ['x', '', 'float32 []'],
      outputs: ['y', ''],
      attributes: {
        a: int(-3),
        b: float(0.5),
        c: string('ö'),
        d: ints([1, -2, 2 ** 40]),
        e: { type: 'floats', value: [1.5, -2] },
        f: { type: 'strings', value: ['p', ''] },
        g: { type: 'tensor', value: tensor('int8', [2]) }
      }
    }
  ],
  metadata: new Map([['key', 'value']])
}

/** Converts a graph to plain data, with the bytes of tensors instead of functions, for comparison. */
const plain = (graph: Graph) => JSON.parse(JSON.stringify(graph, (_, value) =>
  value instanceof Map ? [...value] : typeof value === 'function' ? Array.from(value() as Uint8Array) : value)) as unknown

/** Encodes a graph after `change` has modified its protocol buffer. */
function changed (graph: Graph, change: (proto: Record<string, any>) => void): Uint8Array {
  const proto = schema.model.decode(encode(graph)) as unknown as Record<string, any>
  change(proto)
  return schema.model.encode(proto).finish()
}

const withTensor = (fields: object): Uint8Array => changed(everything, ({ graph }) => { graph.initializer.push({ name: 'typed', ...fields }) })
const typed = (fields: object): Tensor => decode(withTensor(fields)).initializers.get('typed')!

t.test('every type survives encoding and decoding', async (t) => t.strictSame(plain(decode(encode(everything))), plain(everything)))

t.test('tensors are views of the file, not copies', async (t) => {
  const file = encode(everything)
  for (const { dims, bytes } of decode(file).initializers.values()) if (elements(dims) > 0) t.equal(bytes().buffer, file.buffer)
})

t.test('values may be in the field of their type', async (t) => {
  const bytesOf = ({ buffer }: { readonly buffer: ArrayBufferLike }) => Array.from(new Uint8Array(buffer))
  const read = (fields: object) => Array.from(typed(fields).bytes())
  const floats = Float32Array.of(1.5, -2)
  t.strictSame(read({ data_type: 1, dims: [2], float_data: new Uint8Array(floats.buffer) }), bytesOf(floats))
  const doubles = Float64Array.of(1.5, -2)
  t.strictSame(read({ data_type: 11, dims: [2], double_data: new Uint8Array(doubles.buffer) }), bytesOf(doubles))
  t.strictSame(read({ data_type: 7, dims: [2], int64_data: [1, -2] }), bytesOf(BigInt64Array.of(1n, -2n)))
  t.strictSame(read({ data_type: 6, dims: [2], int32_data: [1, -2] }), bytesOf(Int32Array.of(1, -2)))
  t.strictSame(read({ data_type: 2, dims: [2], int32_data: [1, 254] }), [1, 254])
  t.strictSame(read({ data_type: 3, dims: [2], int32_data: [1, -2] }), [1, 254])
  t.strictSame(read({ data_type: 9, dims: [2], int32_data: [1, 0] }), [1, 0])
  t.strictSame(read({ data_type: 10, dims: [2], int32_data: [0x3c00, 0xc000] }), bytesOf(Uint16Array.of(0x3c00, 0xc000)))
})

t.test('whole numbers beyond 2⁵³ keep their meaning', async (t) => {
  const most = { low: -1, high: 0x7fffffff, unsigned: false }
  t.strictSame(typed({ data_type: 7, dims: [1], int64_data: [most] }).bytes(), new Uint8Array(BigInt64Array.of(2n ** 63n - 1n).buffer))
  const file = changed(everything, ({ graph }) => { graph.node[0].attribute[0].i = most })
  const again = decode(encode(decode(file))).nodes[0]!.attributes['a']!
  t.strictSame(again, int(Number.MAX_SAFE_INTEGER), 'the end of all remains one')
})

t.test('a size that the file does not know gets a name', async (t) => {
  const file = changed(everything, ({ graph }) => {
    graph.input[0].type.tensor_type.shape.dim = [{ dim_value: -1 }, { dim_value: 0 }, { dim_param: 'n' }, {}, { dim_value: 3 }]
  })
  t.strictSame(decode(file).inputs[0]!.dims, ['x_0', 'x_1', 'n', 'x_3', 3])
})

t.test("ai.onnx is ONNX's own set of operations", async (t) => {
  const file = changed(everything, (proto) => {
    proto['opset_import'][0].domain = 'ai.onnx'
    proto['graph'].node[0].domain = 'ai.onnx'
  })
  t.equal(decode(file).opsets.get(''), 17)
  t.equal(decode(file).nodes[0]!.domain, '')
})

t.test('damaged or unsupported content is refused by name', async (t) => {
  const refuses = (file: Uint8Array, message: RegExp) => t.throws(() => decode(file), { name: 'ConversionError', message })
  refuses(new Uint8Array(), /holds no ONNX graph/)
  refuses(new TextEncoder().encode('version https://git-lfs.github.com/spec/v1'), /no ONNX (model|graph)/)
  refuses(encode(everything).subarray(0, 100), /no ONNX model, or cut off \(100 bytes\)/)
  refuses(changed(everything, (proto) => { proto['opset_import'] = [] }), /holds no ONNX graph/)
  refuses(changed(everything, (proto) => { proto['functions'] = [{}] }), /functions and sparse tensors/)
  refuses(changed(everything, ({ graph }) => { graph.sparse_initializer = [{}] }), /functions and sparse tensors/)
  refuses(changed(everything, ({ graph }) => { graph.node[0].attribute[0].type = 5 }), /^a of odd \(Odd\) is an attribute of type 5/)
  refuses(changed(everything, ({ graph }) => { graph.input[0].type = {} }), /^x is no tensor/)
  refuses(changed(everything, ({ graph }) => { graph.output[0].type.tensor_type.elem_type = 8 }), /^y has data type 8/)
  refuses(withTensor({ data_type: 1, dims: [2], raw_data: new Uint8Array(4) }), /^The tensor typed has 4 bytes; its shape \[2\] of float32 needs 8/)
  refuses(withTensor({ data_type: 1, dims: [2], int32_data: [1, 2] }), /^The tensor typed has 0 bytes/)
  refuses(withTensor({ data_type: 1, dims: [-1] }), /^The tensor typed has the impossible shape \[-1\]/)
  refuses(withTensor({ data_type: 1, dims: [2 ** 50, 2 ** 50, 2 ** 50] }), /^The tensor typed has 0 bytes; its shape .* needs 5/)
  refuses(withTensor({ data_type: 1, dims: [1], external_data: [{ key: 'location', value: 'x' }] }), /^The tensor typed lies in another file/)
  refuses(changed(everything, ({ graph }) => { graph.node[0].input[0] = 'z' }), /^odd \(Odd\) reads z, which nothing makes before it/)
})

t.test('a graph that cannot be written is refused', async (t) => {
  const withTensor = (tensor: Tensor): Graph => ({ ...everything, initializers: new Map([['w', tensor]]) })
  const huge: Tensor = { type: 'float32', dims: [2 ** 30], bytes: () => { throw new Error('is not read') } }
  t.throws(() => encode(withTensor(huge)), { name: 'ConversionError', message: /an ONNX file can have 2147483647/ })
  t.throws(() => encode(withTensor({ type: 'float32', dims: [2], bytes: () => new Uint8Array(4) })), { name: 'ConversionError', message: /4 bytes where its shape needs 8/ })
})

t.test('ONNX Runtime reads a file of ours, and one with constants among its inputs and in typed fields', async (t) => {
  const graph = world([3, 4, 4], (b, x) => ({ y: b.reshape('rows', b.conv('conv', x, weights([2, 3, 1, 1])), ['n', 32]) }))
  const input = new Value('float32', Float32Array.from({ length: 48 }, (_, i) => i / 48), [1, 3, 4, 4])
  const file = changed(graph, (proto) => {
    proto['ir_version'] = 3
    proto['opset_import'] = [{ domain: '', version: 8 }]
    for (const tensor of proto['graph'].initializer) {
      const dim = tensor.dims.map((size: unknown) => ({ dim_value: size }))
      proto['graph'].input.push({ name: tensor.name, type: { tensor_type: { elem_type: tensor.data_type, shape: { dim } } } })
      if (tensor.data_type === 1) Object.assign(tensor, { float_data: tensor.raw_data, raw_data: undefined })
      else Object.assign(tensor, { int64_data: Array.from(new BigInt64Array(new Uint8Array(tensor.raw_data).buffer), Number), raw_data: undefined })
    }
  })
  t.equal(decode(file).inputs.length, 3)
  const expected = await run(graph, { input })
  t.strictSame(await run(file, { input }), expected)
  t.strictSame(await run(encode(decode(file)), { input }), expected)
})

t.test('10,000 damaged files are refused or read, and take no more memory than four times their size', async (t) => {
  const file = encode(world([2, 4, 4], (b, x) => {
    const convolved = b.conv('conv', x, weights([3, 2, 3, 3]), { padding: 'same', strides: [2, 2] })
    return { y: b.slice('slice', b.batchNorm('bn', convolved, normalisation(3)), 1, 0, Infinity) }
  }))
  let [read, refused] = [0, 0]
  for (const damaged of take(10_000, mutations(1, file))) {
    try {
      const graph = decode(damaged)
      const held = new Set([...graph.initializers.values()].map(({ bytes }) => bytes().buffer))
      held.delete(damaged.buffer)
      const copied = [...held].reduce((sum, { byteLength }) => sum + byteLength, 0)
      if (copied > 4 * damaged.length) t.fail(`${copied} bytes for a file of ${damaged.length}`)
      if (encode(graph).length > 4 * damaged.length) t.fail('grew')
      read++
    } catch (error) {
      if (!isConversionError(error)) throw error
      refused++
    }
  }
  t.ok(read > 500 && refused > 500, `${read} read, ${refused} refused`)
})

t.test('a file of nodes that read each other in a circle is refused', async (t) => {
  const circle: Graph = { ...everything, nodes: [node('Relu', ['b'], ['a']), node('Relu', ['a'], ['b'])], outputs: [{ name: 'a', type: 'float32', dims: [] }] }
  t.throws(() => decode(encode(circle)), { name: 'ConversionError', message: 'a (Relu) reads b, which nothing makes before it.' })
})

t.test('constants of two kinds', async (t) => {
  t.throws(() => float32(new Float32Array(3), [2]), { name: 'ConversionError', message: '3 values do not make a tensor of shape [2].' })
  t.strictSame(int64([1, -1]).bytes(), new Uint8Array(BigInt64Array.of(1n, -1n).buffer))
})
