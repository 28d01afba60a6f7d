import t from 'tap'
import { OPERATIONS } from '../../../../../src/converter/importers/tensorflow/operations.ts'
import { difference, random } from '../../small-worlds.ts'
import {
  type Attributes, bool, type Constant, converted, filesOf, float, float32, int32, ints, type Model, type NodeJson, type Picture, randoms,
  reference, shape, text, texts
} from './graph-model.ts'

/** Two pictures of 5 × 6 pixels with four channels, and two rows. */
const PICTURES: Picture = { dims: [2, 5, 6, 4], data: random(2 * 5 * 6 * 4, 1) }
const ROWS: Picture = { dims: [2, 8], data: random(16, 2) }

const node = (op: string, input: readonly string[], attr: Attributes = {}, name = op): NodeJson => ({ name, op, input, attr })
const input = ({ dims }: Picture): NodeJson => ({ name: 'x', op: 'Placeholder', attr: { shape: shape(-1, ...dims.slice(1)), dtype: { type: 'DT_FLOAT' } } })

interface Case { readonly on: Picture, readonly nodes: readonly NodeJson[], readonly constants?: readonly Constant[] }
const pictures = (nodes: NodeJson | readonly NodeJson[], ...constants: Constant[]): Case => ({ on: PICTURES, nodes: [nodes].flat(), constants })
const rows = (nodes: NodeJson | readonly NodeJson[], ...constants: Constant[]): Case => ({ on: ROWS, nodes: [nodes].flat(), constants })

const window = (stride: number, padding: string, more: Attributes = {}): Attributes => ({
  strides: ints(1, stride, stride, 1), padding: text(padding), dilations: ints(1, 1, 1, 1), data_format: text('NHWC'), ...more
})
const kernel = randoms('w', [3, 2, 4, 5])
const positive = (name: string, length: number, seed: number): Constant => float32(name, random(length, seed).map((x) => x + 1.5))
const fusedWith = (...steps: string[]): Attributes => ({
  fused_ops: texts(...steps), num_args: { i: String(steps.includes('Prelu') ? 2 : 1) }, epsilon: float(1e-4), leakyrelu_alpha: float(0.3)
})
const batchNorm = (op: string): Case => pictures(
  node(op, ['x', 'gamma', 'beta', 'mean', 'variance'], { epsilon: float(0.01), is_training: bool(false), data_format: text('NHWC') }),
  positive('gamma', 4, 1), positive('beta', 4, 2), positive('mean', 4, 3), positive('variance', 4, 4))
const reduction = (op: string, axes: readonly number[], keep: boolean): Case => pictures(node(op, ['x', 'axes'], { keep_dims: bool(keep) }), int32('axes', axes))
const single = (op: string): Case[] => [pictures(node(op, ['x'])), rows(node(op, ['x']))]
const square = node('Square', ['x'], {}, 'square')
const binary = (op: string): Case[] => [
  pictures(node(op, ['x', 'c']), positive('c', 4, 5)),
  pictures(node(op, ['c', 'x']), positive('c', 6 * 4, 5)),
  pictures([square, node(op, ['x', 'square'])]),
  rows(node(op, ['x', 'c']), positive('c', 1, 5)),
  rows([square, node(op, ['square', 'c'])], positive('c', 8, 5))
].map((one, i) => i === 1 ? { ...one, constants: [{ ...one.constants![0]!, shape: [6, 4] }] } : one)

/** Flattens pictures the way exporters do that read the batch size from the input. */
const flattened = pictures([
  node('Shape', ['x'], {}, 'sizes'),
  node('StridedSlice', ['sizes', 'zero', 'one', 'one'], { shrink_axis_mask: { i: '1' } }, 'batch'),
  node('Pack', ['batch', 'rest'], { N: { i: '2' } }, 'shape'),
  node('Reshape', ['x', 'shape'])
], int32('zero', [0]), int32('one', [1]), int32('rest', [120], []))

const CASES: Readonly<Record<string, readonly Case[]>> = {
  Identity: single('Identity'),
  StopGradient: single('StopGradient'),
  Conv2D: [
    pictures(node('Conv2D', ['x', 'w'], window(1, 'SAME')), kernel),
    pictures(node('Conv2D', ['x', 'w'], window(2, 'SAME')), kernel),
    pictures(node('Conv2D', ['x', 'w'], window(2, 'VALID')), kernel),
    pictures(node('Conv2D', ['x', 'w'], window(1, 'SAME', { dilations: ints(1, 2, 2, 1) })), kernel),
    pictures(node('Conv2D', ['x', 'w'], window(1, 'EXPLICIT', { explicit_paddings: ints(0, 0, 1, 2, 3, 0, 0, 0) })), kernel)
  ],
  _FusedConv2D: [['BiasAdd'], ['BiasAdd', 'Relu'], ['BiasAdd', 'Relu6'], ['BiasAdd', 'Sigmoid'], ['BiasAdd', 'LeakyRelu'], ['BiasAdd', 'Prelu']].map((steps) =>
    pictures(
      node('_FusedConv2D', ['x', 'w', 'b', ...(steps.includes('Prelu') ? ['slope'] : [])], window(1, 'SAME', fusedWith(...steps))),
      kernel, randoms('b', [5], 4), randoms('slope', [1, 1, 5], 5))),
  DepthwiseConv2dNative: [1, 2].map((multiplier) => pictures(node('DepthwiseConv2dNative', ['x', 'w'], window(2, 'SAME')), randoms('w', [3, 3, 4, multiplier]))),
  FusedDepthwiseConv2dNative: [pictures(node('FusedDepthwiseConv2dNative', ['x', 'w', 'b'], window(1, 'VALID', fusedWith('BiasAdd', 'Relu6'))), randoms('w', [3, 3, 4, 2]), randoms('b', [8], 4))],
  MatMul: [
    rows(node('MatMul', ['x', 'w'], { transpose_a: bool(false), transpose_b: bool(false) }), randoms('w', [8, 3])),
    rows(node('MatMul', ['x', 'w'], { transpose_b: bool(true) }), randoms('w', [3, 8]))
  ],
  _FusedMatMul: [['BiasAdd'], ['BiasAdd', 'Relu'], ['BiasAdd', 'Tanh']].slice(0, 2).map((steps) =>
    rows(node('_FusedMatMul', ['x', 'w', 'b'], fusedWith(...steps)), randoms('w', [8, 3]), randoms('b', [3], 4))),
  MaxPool: [['SAME', 3, 2], ['VALID', 2, 1]].map(([padding, size, stride]) =>
    pictures(node('MaxPool', ['x'], window(stride as number, padding as string, { ksize: ints(1, size as number, size as number, 1) })))),
  AvgPool: [['SAME', 3, 2], ['VALID', 2, 1]].map(([padding, size, stride]) =>
    pictures(node('AvgPool', ['x'], window(stride as number, padding as string, { ksize: ints(1, size as number, size as number, 1) })))),
  FusedBatchNorm: [batchNorm('FusedBatchNorm')],
  FusedBatchNormV2: [batchNorm('FusedBatchNormV2')],
  FusedBatchNormV3: [batchNorm('FusedBatchNormV3')],
  Add: binary('Add'),
  AddV2: binary('AddV2'),
  BiasAdd: [pictures(node('BiasAdd', ['x', 'b']), randoms('b', [4])), rows(node('BiasAdd', ['x', 'b']), randoms('b', [8]))],
  Sub: binary('Sub'),
  Mul: binary('Mul'),
  RealDiv: binary('RealDiv').map((one) => one.nodes.length === 1 || one.on === ROWS
    ? one
    : {
        ...one,
        nodes: [square, node('AddV2', ['square', 'one'], {}, 'above'), node('RealDiv', ['x', 'above'])],
        constants: [positive('one', 1, 1)]
      }),
  Maximum: binary('Maximum'),
  Minimum: binary('Minimum'),
  ...Object.fromEntries(['Relu', 'Relu6', 'Sigmoid', 'Tanh', 'Neg', 'Exp', 'Square', 'Softmax'].map((op) => [op, single(op)])),
  Sqrt: [pictures([square, node('Sqrt', ['square'])])],
  Rsqrt: [pictures([square, node('AddV2', ['square', 'one'], {}, 'above'), node('Rsqrt', ['above'])], positive('one', 1, 1))],
  Prelu: [pictures(node('Prelu', ['x', 'slope']), randoms('slope', [4])), pictures(node('Prelu', ['x', 'slope']), randoms('slope', [1, 1, 4])), rows(node('Prelu', ['x', 'slope']), randoms('slope', [8]))],
  LeakyRelu: [pictures(node('LeakyRelu', ['x'], { alpha: float(0.1) })), rows(node('LeakyRelu', ['x'], { alpha: float(0.3) }))],
  ...Object.fromEntries(['Mean', 'Max', 'Min', 'Sum'].map((op) =>
    [op, [[[1, 2], false], [[1, 2], true], [[-1], false], [[1], false], [[2, 3], true], [[3, 2], false]].map(([axes, keep]) =>
      reduction(op, axes as number[], keep as boolean))])),
  ConcatV2: [3, -2, 1].map((axis) => pictures([square, node('ConcatV2', ['x', 'square', 'x', 'axis'], { N: { i: '3' } })], int32('axis', [axis], []))),
  Pad: [pictures(node('Pad', ['x', 'p']), int32('p', [0, 0, 1, 2, 3, 0, 0, 1], [4, 2])), rows(node('Pad', ['x', 'p']), int32('p', [0, 0, 2, 1], [2, 2]))],
  PadV2: [pictures(node('PadV2', ['x', 'p', 'zero']), int32('p', [0, 0, 1, 2, 3, 0, 0, 0], [4, 2]), float32('zero', new Float32Array(1), []))],
  Reshape: [
    pictures(node('Reshape', ['x', 's']), int32('s', [-1, 120])),
    pictures(node('Reshape', ['x', 's']), int32('s', [2, 10, 12])),
    pictures(node('Reshape', ['x', 's']), int32('s', [-1, 6, 5, 4])),
    rows(
      [node('Reshape', ['x', 's'], {}, 'one'), node('Conv2D', ['one', 'w'], window(1, 'VALID'), 'conv'), node('Reshape', ['conv', 'back'])],
      int32('s', [-1, 1, 1, 8]), randoms('w', [1, 1, 8, 3]), int32('back', [-1, 3]))
  ],
  Shape: [flattened],
  StridedSlice: [flattened],
  Pack: [flattened],
  Squeeze: [
    pictures([node('Mean', ['x', 'axes'], { keep_dims: bool(true) }, 'mean'), node('Squeeze', ['mean'], { squeeze_dims: ints(1, 2) })], int32('axes', [1, 2])),
    pictures([node('Mean', ['x', 'axes'], { keep_dims: bool(true) }, 'mean'), node('Squeeze', ['mean'], { squeeze_dims: ints(-1) })], int32('axes', [3]))
  ]
}

t.test('every operation matches TF.js', async (t) => {
  // TF.js has no Dequantize; only frozen graphs use it.
  t.strictSame(Object.keys(CASES).sort(), Object.keys(OPERATIONS).filter((op) => op !== 'Dequantize').sort(), 'there is a case for each')
  for (const [op, cases] of Object.entries(CASES)) {
    t.test(op, async (t) => {
      for (const { on, nodes, constants = [] } of cases) {
        const model: Model = { nodes: [input(on), ...nodes], groups: [constants] }
        const last = nodes.at(-1)!.name
        const [expected] = await reference(model, on, [last])
        const found = (await converted(filesOf(model), on))[last]!
        t.strictSame(found.dims, expected!.dims)
        t.ok(difference(expected!, found) <= 1e-5, `differs by ${difference(expected!, found)}`)
      }
    })
  }
})

t.test('arithmetic on constants is done in the conversion', async (t) => {
  const nodes = [
    node('Rsqrt', ['variance'], {}, 'r'), node('Mul', ['r', 'gamma'], {}, 's'), node('Neg', ['mean'], {}, 'm'), node('Square', ['m'], {}, 'q'), node('Sqrt', ['q'], {}, 'a'),
    node('Sub', ['a', 'table'], {}, 'd'), node('RealDiv', ['d', 's'], {}, 'e'), node('Maximum', ['e', 's'], {}, 'f'), node('Minimum', ['f', 'variance'], {}, 'g'),
    node('Exp', ['g'], {}, 'h'), node('Reciprocal', ['h'], {}, 'i'), node('BiasAdd', ['i', 'mean'], {}, 'j'), node('AddV2', ['j', 'i'], {}, 'k'), node('Add', ['k', 'i'], {}, 'l'),
    node('Mul', ['x', 'l'], {}, 'y')
  ]
  const model: Model = { nodes: [input(PICTURES), ...nodes], groups: [[positive('variance', 4, 1), positive('gamma', 4, 2), positive('mean', 4, 3), randoms('table', [6, 1], 4)]] }
  const [expected] = await reference(model, PICTURES, ['y'])
  const found = (await converted(filesOf(model), PICTURES))['y']!
  t.strictSame(found.dims, expected!.dims)
  t.ok(difference(expected!, found) <= 1e-5, `differs by ${difference(expected!, found)}`)
})
