import { readFileSync } from 'node:fs'
import t from 'tap'
import { importCaffe } from '../../../../src/converter/importers/caffe/import-caffe.ts'
import { parseText } from '../../../../src/converter/importers/caffe/text-format.ts'
import { recordedInput } from '../../../references.ts'
import { run } from '../run.ts'
import { furthest } from './recorded.ts'
import { survives } from './survives.ts'

const fixture = (name: string) => new Uint8Array(readFileSync(new URL(`../../../fixtures/caffe/${name}`, import.meta.url)))
const [prototxt, caffemodel] = [fixture('ssd.prototxt'), fixture('ssd.caffemodel')]
const text = new TextDecoder().decode(prototxt)
const edited = (from: string | RegExp, to: string) => new TextEncoder().encode(text.replace(from, to))

/*
 * A small detector with all layer types of res10_300x300_ssd, and formula weights. Outputs of OpenCV 4.14 (dnn, without Winograd) for
 * sample 0, NCHW [3, 32, 37], scale 2, offset −1: every 60th offset, every 45th score.
 */
const OPENCV = {
  mbox_loc: [
    6.3895, -2.449136, -11.204133, 6.6436725, 6.936955, 7.178273, -6.3491144, -0.67571557, 5.0152497, 2.1617885, -10.027846,
    4.0471144, 7.8840494, -2.0971868, -3.3503995, 1.7459756, 2.2615066, 5.442932, -4.3711314, -4.887272, 3.8199217, -2.94611,
    3.411887, -1.2593699, 2.9631093, -0.78281593, 0.7209819, -1.0395002, 3.7663794, 0.3294757, 3.041669, -2.0630548, 2.1486275,
    2.0667841, 5.260356, -1.7165246, 3.1649644, 1.9631494, 3.6302779, 0.19635475, 2.119017, -1.1065066, 2.493622, 0.7648413,
    0.962204, 1.9095935, 0.62892866, 3.3022704
  ],
  mbox_conf_flatten: [
    3.7475318e-05, 1.2490862e-11, 0.999907, 2.502542e-05, 0.99999154, 1.0, 1.0, 0.009923167, 1.8894387e-06, 2.1070344e-05,
    0.61624974, 0.036413606, 0.77821505, 0.7127078, 0.07107976, 0.76263607, 0.06265685, 0.5655373, 0.282749, 0.79871815,
    0.5406406, 0.342934, 0.022114728, 0.53834826, 0.5114884, 0.17820992, 0.012016506, 0.85873693, 0.8615863, 0.9710994, 0.4478294,
    0.62623155
  ]
}

t.test('a detector like OpenCV\'s matches OpenCV; boxes are left to the caller', async (t) => {
  const graph = importCaffe(prototxt, caffemodel)
  t.strictSame(graph.inputs, [{ name: 'input', type: 'float32', dims: ['n', 3, 32, 37] }])
  t.strictSame(graph.outputs.map(({ name, dims }) => [name, dims]), [['mbox_loc', ['n', 2880]], ['mbox_conf_flatten', ['n', 1440]]])
  // Sample 0 comes second, so that mixing up the batch would show.
  const [first, second] = [1, 0].map((sample) => recordedInput({ layout: 'NCHW', shape: [1, 3, 32, 37], sample, scale: 2, offset: -1 }))
  const found = await run(graph, Float32Array.from([...first!, ...second!]), [2, 3, 32, 37])
  for (const [name, values] of Object.entries(OPENCV)) {
    const { data, dims } = found[name]!
    const [length, step] = [dims[1]!, dims[1]! / values.length]
    const difference = furthest(data, values, (i) => length + i * step)
    t.ok(difference < (name === 'mbox_loc' ? 1e-4 : 1e-5), `${name}: ${difference}`)
  }
})

t.test('a layer that does not fit is refused by name', async (t) => {
  const refusals: ReadonlyArray<[Uint8Array, string]> = [
    [edited('type: "ReLU"', 'type: "ELU"'), 'conv1_relu (ELU) is a layer that is not supported.'],
    [edited('bottom: "conv1_pool"', 'bottom: "pool"'), 'conv2 (Convolution) reads pool, which no layer before it makes.'],
    [edited('num_output: 12', 'num_output: 13'), 'conv3 (Convolution): its weights have the shape 12 × 8 × 3 × 3; 13 kernels of 3 × 3 are expected.'],
    [edited('name: "conv3"', 'name: "conv4"'), 'conv4 (Convolution) needs 1 learned tensors; the model has 0.'],
    [edited('input: "data"', ''), 'The prototxt says nothing of its input, or not its shape.']
  ]
  for (const [damaged, message] of refusals) t.throws(() => importCaffe(damaged, caffemodel), { name: 'ConversionError', message })
})

t.test('the text format', async (t) => {
  const fields = parseText('a: 1 # one\nb { c: "x # y" d: [1, 2.5] } b: < c: \'z\' >; e: MAX')
  t.strictSame(fields, new Map<string, unknown>([
    ['a', [1]], ['b', [new Map<string, unknown>([['c', ['x # y']], ['d', [1, 2.5]]]), new Map([['c', ['z']]])]], ['e', ['MAX']]
  ]))
  t.throws(() => parseText('a {\n b: 1\n'), { message: 'The prototxt is damaged or cut off: the end within a bracket in line 3.' })
  t.throws(() => parseText('a {'.repeat(1e5)), { message: /too many brackets/ })
  t.throws(() => parseText('a: "open'), { message: /something that is no token in line 1/ })
})

t.test('damaged models are refused with a message, or make a graph in proportion to the file', async (t) =>
  survives(t, caffemodel, (damaged) => { importCaffe(prototxt, damaged) }))

t.test('damaged prototxts are refused likewise', async (t) => survives(t, prototxt, (damaged) => { importCaffe(damaged, caffemodel) }))
