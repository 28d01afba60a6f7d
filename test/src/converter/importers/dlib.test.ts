import t from 'tap'
import { floats } from '../../../../src/converter/graph/tensor.ts'
import { cursorOver } from '../../../../src/converter/importers/cursor.ts'
import { readNetwork } from '../../../../src/converter/importers/dlib/network.ts'
import { float as readFloat, integer as readInteger } from '../../../../src/converter/importers/dlib/serial.ts'
import { readShapePredictor } from '../../../../src/converter/importers/dlib/shape-predictor.ts'
import { missing, published } from '../../../references.ts'
import { type CascadeText, float, integer, layers, list, network, shapePredictor, tensor, text } from './dlib-files.ts'
import { bytes, joined } from './pickles.ts'
import { survives } from './survives.ts'

const first = layers.con([2, 3, 3], 2, 0)
const small = network(first, [
  layers.affine(2),
  layers.named('relu_'),
  layers.pool('max_pool_2', 3, 2),
  'mark',
  layers.con([2, 2, 1], 1, 0),
  'mark',
  layers.named('add_prev_'),
  layers.pool('avg_pool_2', 0, 1),
  layers.fc(2, 4)
])

t.test('numbers of dlib: signs, widths, fractions, infinities and NaN', async (t) => {
  const cursor = (...parts: Uint8Array[]) => cursorOver(joined(...parts), 'The dlib file')
  for (const value of [0, 1, -1, 255, 256, -70000, 2 ** 40]) t.equal(readInteger(cursor(integer(value))), value)
  t.equal(readInteger(cursor(bytes(0x81, 0))), 0)
  // 0.04, as stored in the published descriptor network.
  t.equal(Math.fround(readFloat(cursor(bytes(0x03, 0x0a, 0xd7, 0xa3, 0x81, 0x1c)))), Math.fround(0.04))
  t.strictSame([32000, 32001, 32002].map((exponent) => readFloat(cursor(integer(1), integer(exponent)))), [Infinity, -Infinity, NaN])
})

t.test('a network is read from its input to its output', async (t) => {
  const { input, layers: found } = readNetwork(small)
  t.strictSame(input, { mean: [122.75, 117, 104.25], height: 150, width: 150 })
  t.strictSame(found.map(({ kind }) => kind), ['con', 'affine', 'relu', 'max_pool', 'mark', 'con', 'mark', 'add_prev', 'avg_pool', 'fc'])
  const [con, affine, , pool] = found
  t.match(con, { weights: { dims: [2, 3, 3, 3] }, bias: { dims: [2] }, stride: [2, 2], padding: [0, 0] })
  t.strictSame(con?.kind === 'con' && [...floats(con.bias)], [54 / 4, 55 / 4])
  t.strictSame(affine?.kind === 'affine' && [[...floats(affine.scale)], [...floats(affine.shift)]], [[0, 0.25], [0.5, 0.75]])
  t.match(pool, { kernel: [3, 3], stride: [2, 2], padding: [0, 0] })
  t.match(found.at(-1), { weights: { dims: [2, 4] } })
})

const refused: Record<string, readonly [file: Uint8Array, message: RegExp]> = {
  'another loss': [network(first, [], { loss: 'loss_mmod_' }), /ends in "loss_mmod_"/],
  'another input': [network(first, [], { input: 'input' }), /input is "input"/],
  'an unsupported layer': [network(text('bn_con2'), []), /a layer "bn_con2", which is not supported/],
  'a name that every object inherits': [network(text('constructor'), []), /a layer "constructor"/],
  'a layer of another version': [joined(integer(1), text('loss_metric_2'), float(0), float(0), integer(4)), /a layer of version 4/],
  'layers without end': [joined(integer(1), text('loss_metric_2'), float(0), float(0), ...Array.from({ length: 2001 }, () => integer(2))), /more than 2000 layers/],
  'bytes after the last layer': [joined(small, bytes(0)), /1 bytes after its last layer/],
  'a tensor larger than the file': [network(joined(text('con_4'), tensor([1 << 30, 1 << 20, 1, 1])), []), /cut off/],
  'a byte that starts no number': [bytes(0), /no whole number starts at 0/]
}
for (const [what, [file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => readNetwork(file), { name: 'ConversionError', message }))

const tree = { splits: [[0, 1, 0.5]], leaves: [[1, 2], [3, 4]] } as const
const cascade: CascadeText = { anchors: [0, 0], deltas: [0.25, 0, -0.25, 0], trees: [tree, tree] }

t.test('a shape predictor: points, pixels and trees', async (t) => {
  const { initialShape, cascades } = readShapePredictor(shapePredictor([0.5, 0.25], [cascade, cascade]))
  t.strictSame([...initialShape], [0.5, 0.25])
  t.equal(cascades.length, 2)
  t.strictSame(cascades[1]!.trees[0], {
    first: Uint32Array.of(0), second: Uint32Array.of(1), thresholds: Float32Array.of(0.5), leaves: Float32Array.of(1, 2, 3, 4)
  })
  t.strictSame(cascades[0]!.deltas, Float32Array.of(0.25, 0, -0.25, 0))
})

const unfit: Record<string, readonly [cascade: Partial<CascadeText>, message: RegExp]> = {
  'a split of a missing pixel': [{ trees: [{ ...tree, splits: [[0, 2, 0]] }] }, /a split of cascade 0 is beyond its 2 pixels/],
  'an anchor on a missing point': [{ anchors: [0, 1] }, /an anchor of cascade 0 is beyond its 1 points/],
  'fewer offsets than anchors': [{ deltas: [0, 0] }, /2 anchors and 1 offsets/],
  'a tree with too few leaves': [{ trees: [{ ...tree, leaves: [[1, 2]] }] }, /a tree of 1 splits and 1 leaves/],
  'a tree that is not full': [{ trees: [{ splits: [[0, 1, 0], [0, 1, 0]], leaves: [[1, 2], [3, 4], [5, 6]] }] }, /a tree of 2 splits and 3 leaves/],
  'a leaf for another number of points': [{ trees: [{ ...tree, leaves: [[1, 2], [3]] }] }, /a leaf of 1 numbers for 2/]
}
for (const [what, [part, message]] of Object.entries(unfit)) {
  t.test(`refused: ${what}`, async (t) => t.throws(() => readShapePredictor(shapePredictor([0.5, 0.25], [{ ...cascade, ...part }])), { name: 'ConversionError', message }))
}

t.test('refused: numbers that make no points, cascades without their pixels', async (t) => {
  const fails = (file: Uint8Array, message: RegExp) => t.throws(() => readShapePredictor(file), { name: 'ConversionError', message })
  fails(shapePredictor([], []), /0 numbers are no points/)
  fails(shapePredictor([1, 2, 3], []), /3 numbers are no points/)
  fails(joined(shapePredictor([0.5, 0.25], []).subarray(0, -4), list([list([])]), list([])), /0 cascades, 1 and 0 lists of their pixels/)
})

const published5 = published('c4b1e9804792707d3a405c2c16a80a20269e6675021f64a41d30fffafbc41888', 'shape_predictor_5_face_landmarks.dat')
t.test('the published predictor has 15 cascades of 500 trees of 16 leaves for 5 points', { skip: missing(published5) }, async (t) => {
  const { initialShape, cascades } = readShapePredictor(published5!)
  t.equal(initialShape.length, 10)
  t.equal(cascades.length, 15)
  t.ok(cascades.every(({ trees }) => trees.length === 500 && trees.every(({ leaves }) => leaves.length === 16 * 10)))
})

t.test('10,000 damaged networks and 10,000 damaged predictors are read or refused', async (t) => {
  survives(t, small, readNetwork)
  survives(t, shapePredictor([0.5, 0.25], [cascade, cascade]), readShapePredictor)
})
