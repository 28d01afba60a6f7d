import { Tensor as Value } from 'onnxruntime-node'
import t from 'tap'
import { isConversionError } from '../../../src/converter/conversion-error.ts'
import { convert, optimise } from '../../../src/converter/convert.ts'
import { check } from '../../../src/converter/graph/check.ts'
import { decode } from '../../../src/converter/graph/decode-model.ts'
import { encode } from '../../../src/converter/graph/encode-model.ts'
import type { Graph } from '../../../src/converter/graph/graph.ts'
import { scalar } from '../../../src/converter/graph/tensor.ts'
import { imageInput } from '../../../src/converter/passes/image-input.ts'
import { mutations, take } from '../../fuzz.ts'
import { difference, normalisation, operations, random, run, weights, world } from './small-worlds.ts'

const INPUT = { channels: 'BGR', mean: [127.5, 120, 110], std: [128, 64, 32], size: [8, 8] } as const

/** A network in which every pass has something to rewrite, with constants among its inputs, as in files of IR version 3. */
function everything (): Graph {
  const graph = world([3, 8, 8], (b, x) => {
    const stem = b.unary('Relu', 'relu', b.batchNorm('bn', b.conv('stem', x, weights([8, 3, 3, 3]), { padding: 'same' }), normalisation(8)))
    const pooled = b.maxPool('pool', b.batchNorm('late', stem, normalisation(8, 9)), { kernel: [2, 2], strides: [2, 2] })
    const second = b.prelu('prelu', b.conv('second', pooled, weights([16, 8, 1, 1], 2)), weights([16], 3))
    const moved = b.binary('Add', 'shift', b.binary('Mul', 'scale', second, weights([16, 1, 1], 4)), weights([16, 1, 1], 5))
    const third = b.conv('third', moved, weights([8, 16, 3, 3], 6), { padding: [1, 1, 1, 1] })
    const six = b.binary('Min', 'six', b.unary('Relu', 'zero', third), b.node('Constant', 'constant', [], [], { value: { type: 'tensor', value: scalar(0.5) } }))
    const flat = b.flatten('flat', b.node('Dropout', 'dropout', [b.unary('Identity', 'same', six)], six.dims))
    const rows = b.dense('rows', flat, weights([4, 8 * 16], 7), weights([4], 8))
    return { rows, scores: b.softmax('softmax', b.binary('Mul', 'factor', rows, scalar(2)), 1), other: b.unary('Neg', 'neg', flat) }
  })
  const constants = Array.from(graph.initializers, ([name, { type, dims }]) => ({ name, type, dims }))
  return { ...graph, inputs: [...graph.inputs, ...constants] }
}

const image = new Value('uint8', Uint8Array.from(random(2 * 8 * 8 * 3), (x) => (x + 1) * 127), [2, 8, 8, 3])

t.test('an ONNX file comes out with every pass applied, and computes the same', async (t) => {
  const graph = everything()
  const file = convert({ format: 'onnx', input: INPUT, outputs: ['scores', 'rows'] }, new Map([['x.onnx', encode(graph)]]))
  const after = decode(file)
  t.equal(operations(after), 'Transpose Cast Gather BatchNormalization Conv Relu MaxPool Conv Conv Relu Conv Add BatchNormalization Conv Clip Flatten Gemm Mul Softmax')
  t.strictSame(after.outputs.map(({ name }) => name), ['scores', 'rows'])
  t.equal(new Set([...after.initializers.values()].map(({ type, dims, bytes }) => `${type} ${String(dims)} ${Buffer.from(bytes()).toString('hex')}`)).size, after.initializers.size, 'no two constants are equal')

  const plain = imageInput(INPUT)({ ...graph, inputs: graph.inputs.slice(0, 1) })
  const [expected, found] = [await run(plain, { image }, []), await run(file, { image })]
  for (const name of ['scores', 'rows']) {
    t.strictSame(found[name]!.dims, expected[name]!.dims)
    t.ok(difference(expected[name]!, found[name]!) <= 1e-5, `differs by ${difference(expected[name]!, found[name]!)}`)
  }
})

t.test('the same files make the same bytes', async (t) => {
  const file = () => convert({ format: 'onnx', input: INPUT }, new Map([['x.onnx', encode(everything())]]))
  t.strictSame(file(), file())
})

t.test('one file is expected', async (t) => {
  const error = { name: 'ConversionError', message: 'One file was expected; there are 2.' }
  t.throws(() => convert({ format: 'onnx', input: INPUT }, new Map([['a', new Uint8Array()], ['b', new Uint8Array()]])), error)
  t.throws(() => convert({ format: 'onnx', input: INPUT }, new Map()), { ...error, message: 'One file was expected; there are 0.' })
  t.throws(() => convert({ format: 'onnx', input: INPUT, outputs: ['age'] }, new Map([['a', encode(everything())]])), { name: 'ConversionError', message: 'The network has no output age; it has rows, scores, other.' })
})

t.test('a raw file stays as it is', async (t) => {
  t.strictSame(convert({ format: 'raw' }, new Map([['a', Uint8Array.of(1, 2)]])), Uint8Array.of(1, 2))
  t.throws(() => convert({ format: 'raw' }, new Map()), { name: 'ConversionError' })
})

t.test('3,000 damaged files go through all passes, or are refused', async (t) => {
  const file = encode(everything())
  let [made, refused] = [0, 0]
  for (const damaged of take(3_000, mutations(2, file))) {
    try {
      const graph = optimise(decode(damaged), { input: INPUT })
      check(graph)
      if (encode(graph).length > 4 * damaged.length) t.fail('grew')
      made++
    } catch (error) {
      if (!isConversionError(error)) throw error
      refused++
    }
  }
  t.ok(made > 100 && refused > 100, `${made} made, ${refused} refused`)
})
