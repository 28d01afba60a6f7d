import { readFileSync } from 'node:fs'
import t from 'tap'
import { createBuilder } from '../../../../src/converter/graph/builder.ts'
import { int64, transposed } from '../../../../src/converter/graph/tensor.ts'
import { importTflite } from '../../../../src/converter/importers/tflite/import-tflite.ts'
import { stridedSlice } from '../../../../src/converter/importers/tflite/rearranging.ts'
import { cases, missing, type Recorded, shared } from '../../../references.ts'
import { run } from '../run.ts'
import { agrees, furthest, inputOf, picture, planes } from './recorded.ts'
import { survives } from './survives.ts'

const shortRange = shared('weights/face_detection_short_range.tflite')
const deepid = shared('weights/deepid.tflite')
const mediapipe = shared('keras/mediapipe.json')
const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../../../fixtures/tflite/${name}`, import.meta.url)))

t.test('half-precision weights: MediaPipe\'s short-range detector matches TensorFlow Lite', { skip: missing(shortRange, mediapipe) }, async (t) => {
  const graph = importTflite(shortRange!)
  t.strictSame(graph.inputs, [{ name: 'input', type: 'float32', dims: ['n', 3, 128, 128] }])
  for (const recorded of cases<Recorded>(mediapipe)) {
    const { data, dims } = inputOf(recorded)
    agrees(t, await run(graph, data, dims), recorded.outputs, 1e-4)
  }
})

for (const [name, height, width] of [['float16', 21, 19], ['dynamic-range', 21, 19], ['kept-axes', 5, 4], ['rearranging', 5, 4]] as const) {
  t.test(`${name}.tflite matches TensorFlow Lite, for a batch of two`, async (t) => {
    const outputs = await run(importTflite(fixture(`${name}.tflite`)), picture([2, height, width], { scale: 2, offset: -1 }), [2, 3, height, width])
    const recorded = JSON.parse(Buffer.from(fixture('recorded.json')).toString())[name] as Array<{ name: string, shape: number[], values: number[] }>
    for (const { name, shape, values } of recorded) {
      const found = outputs[name]!
      const ours = shape.length === 4 ? [shape[0], shape[3], shape[1], shape[2]] : shape
      t.strictSame(found.dims, ours, name)
      const data = shape.length === 4 ? planes(found.data, [shape[0]!, shape[3]!, 1, shape[1]! * shape[2]!]) : found.data
      t.ok(furthest(data, values, (i) => 7 * i) < 2e-6, name)
    }
  })
}

/*
 * Outputs of LiteRT 2.3.0 (`BUILTIN_REF` kernels) for samples 0 and 1 of the formula, [1, 55, 47, 3] in [0, 1): the stored numbers minus
 * their zero point, scale 0.9475. Its optimised kernels differ by one in four places.
 */
const STORED = [
  [0, 0, 22, 28, 0, 0, 30, 0, 0, 0, 4, 0, 11, 0, 2, 0, 0, 0, 13, 0, 0, 0, 0, 26, 0, 6, 0, 0, 0, 0, 6, 33, 21, 8, 19, 0, 14, 4, 6, 29, 0, 20, 9, 0, 18],
  [0, 0, 21, 28, 0, 0, 31, 0, 0, 0, 6, 0, 9, 0, 0, 0, 0, 0, 16, 0, 0, 0, 0, 27, 0, 6, 0, 0, 0, 0, 5, 34, 20, 1, 15, 0, 13, 0, 8, 31, 0, 23, 9, 0, 16]
]

t.test('full-integer quantisation: DeepID matches TensorFlow Lite to one step of its scale', { skip: missing(deepid) }, async (t) => {
  const outputs = await run(importTflite(deepid!), picture([2, 55, 47]), [2, 3, 55, 47])
  const { dims, data } = outputs['Identity']!
  t.strictSame(dims, [2, 160])
  for (const [n, stored] of STORED.entries()) {
    const steps = Array.from(data.subarray(160 * n, 160 * n + stored.length), (value) => Math.round(value / 0.9475083947181702))
    t.ok(stored.every((step, i) => Math.abs(step - steps[i]!) <= 1), `${steps}`)
  }
})

t.test('an unsupported operator is named, with its output', async (t) => {
  // Turns LEAKY_RELU (98) into CEIL (104) in the table of operators, the only place where this number occurs in this form.
  const file = fixture('dynamic-range.tflite')
  file[Buffer.from(file.buffer).indexOf(Uint8Array.of(98, 0, 0, 0))] = 104
  t.throws(() => importTflite(file), { name: 'ConversionError', message: 'LeakyRelu (CEIL) is an operator that is not supported.' })
})

t.test('a slice in other steps, or of a part of the batch, is refused', async (t) => {
  const slice = (begins: number[], ends: number[], steps: number[], masks: Readonly<Record<number, number>> = {}) => {
    const builder = createBuilder()
    const x = builder.input('x', ['n', 6, 4])
    const constants = [undefined, int64(begins), int64(ends), int64(steps)]
    const option = (id: number): number => masks[id] ?? 0
    return stridedSlice({
      builder,
      name: 'slice',
      shape: [],
      signature: [],
      options: { int8: option, int32: option, float32: option },
      inputs: 4,
      value: () => ({ ref: x, picture: false }),
      constant: (i) => constants[i],
      reordered: transposed
    })
  }
  t.match(slice([0, 1, 0], [1, 3, 4], [1, 1, 1]), { ref: { dims: ['n', 2, 4] }, picture: false })
  t.match(slice([0, -1, 0], [1, 0, 0], [1, 1, 1], { 1: 4, 4: 2 }), { ref: { dims: ['n', 4] } })
  const steps = { name: 'ConversionError', message: /^slice: STRIDED_SLICE is supported in steps of 1/ }
  t.throws(() => slice([0, 0, 0], [1, 6, 4], [1, 2, 1]), steps)
  t.throws(() => slice([0, 0], [1, 6], [1, 1]), steps)
  t.throws(() => slice([0, 0, 0], [1, 6, 4], [1, 1, 1], { 2: 1 }), steps, 'an ellipsis')
  t.throws(() => slice([0, 0, 0], [1, 6, 4], [1, 1, 1], { 3: 1 }), steps, 'a new axis')
  const batch = { name: 'ConversionError', message: 'slice: STRIDED_SLICE takes a part of the batch.' }
  t.throws(() => slice([1, 0, 0], [2, 6, 4], [1, 1, 1]), batch)
  t.throws(() => slice([0, 0, 0], [-1, 6, 4], [1, 1, 1]), batch)
  t.throws(() => slice([0, 3, 0], [1, 3, 4], [1, 1, 1]), { name: 'ConversionError', message: /takes nothing/ })
})

for (const name of ['float16', 'rearranging']) {
  t.test(`damaged copies of ${name} are refused with a message, or make a graph in proportion to the file`, async (t) => survives(t, fixture(`${name}.tflite`), importTflite))
}

for (const [name, file] of Object.entries({ deepid, shortRange })) {
  t.test(`damaged copies of ${name} are refused likewise`, { skip: missing(file) }, async (t) => survives(t, file!, importTflite, 500))
}
