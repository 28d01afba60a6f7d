import { readFileSync } from 'node:fs'
import sharp from 'sharp'
import t from 'tap'
import { importFrozen } from '../../../../src/converter/importers/frozen/import-frozen.ts'
import { cases, missing, published, type Recorded, shared } from '../../../references.ts'
import { run } from '../run.ts'
import { agrees, furthest, inputOf, picture, planes } from './recorded.ts'
import { survives } from './survives.ts'

const ssd = shared('weights/opencv_face_detector_uint8.pb')
const opencv = shared('keras/ssd_uint8.json')

// OpenCV computes 3×3 convolutions by Winograd's method, which rounds more: hence 5e-5 of the largest offset, 10.9, instead of 1e-5.
t.test('eight-bit weights: OpenCV\'s face detector matches OpenCV', { skip: missing(ssd, opencv) }, async (t) => {
  const graph = importFrozen(ssd!, { outputs: ['mbox_loc', 'mbox_conf_flatten'], picture: [300, 300, 3] })
  for (const recorded of cases<Recorded>(opencv)) {
    const { data, dims } = inputOf(recorded)
    agrees(t, await run(graph, data, dims), recorded.outputs.slice(0, 2), 5e-4)
  }
})

const facenet = published('bf2c12f31880aaa865fa5a9c168dcbd619f7a40b1633f6446d416fac2421ab99', '20180402-114759.pb')
const crop = shared('golden/crops/img5_yunet_noalign_0.png')
const RAW = 'InceptionResnetV1/Bottleneck/BatchNorm/Reshape_1'

/** Every 16th value of facenet's output before L2 normalisation, from TensorFlow 2.21 on a CPU with `phase_train` false. */
const TENSORFLOW = {
  /** Sample 0 of the formula, [160, 160, 3], scale 2, offset −1. */
  formula: [
    0.12430318, 0.324268, 0.004518792, -0.75196147, 0.119344346, 0.32124522, -0.07888067, -0.650768, -0.0962445, 0.06584607,
    0.5257477, 0.48949268, 0.8189831, -0.17052627, 0.050942168, -0.32758382, 0.06677398, 0.2574504, -0.31550303, 0.38826478,
    0.7535394, -0.01735441, -0.5701014, -0.3371293, 0.17934637, -0.5393923, 0.1728453, 0.3083648, -0.7214683, 0.7857048,
    0.42736745, 0.14084385
  ],
  /** The central 160 × 160 pixels of the photo, (x − 127.5) / 128. */
  photo: [
    -1.022459, -0.5068702, 1.752908, 0.5888494, 0.8068761, -0.7042692, -1.7132488, -1.8611919, -1.6061727, 0.65658003, -0.3259135,
    -0.766441, -1.1744274, 0.27384827, -0.26172358, 0.6182307, -0.7584985, -1.2779486, 2.1848302, 0.25025225, 1.5818645,
    0.95123136, -0.7592701, 2.1663787, 0.41269162, 0.77960443, 1.8997519, -0.5871117, -2.584027, -0.7067639, 0.57932425,
    -1.3153422
  ]
}

t.test('Facenet512 matches TensorFlow, for formula numbers and for a photo', { skip: missing(facenet, crop) }, async (t) => {
  const graph = importFrozen(facenet!, { outputs: ['embeddings', RAW] })
  t.strictSame(graph.inputs, [{ name: 'input', type: 'float32', dims: ['n', 3, 160, 160] }])
  t.strictSame(graph.outputs.map(({ dims }) => dims), [['n', 512], ['n', 512]])
  const photo = await sharp(crop!).removeAlpha().extract({ left: 12, top: 49, width: 160, height: 160 }).raw().toBuffer()
  const inputs = [picture([1, 160, 160], { scale: 2, offset: -1 }), planes(Float32Array.from(photo, (value) => (value - 127.5) / 128), [1, 160, 160, 3])]
  const outputs = await run(graph, Float32Array.from(inputs.flatMap((input) => [...input])), [2, 3, 160, 160])
  const raw = outputs[RAW]!.data
  for (const [n, name] of (['formula', 'photo'] as const).entries()) {
    const difference = furthest(raw, TENSORFLOW[name], (i) => 512 * n + 16 * i)
    t.ok(difference < 1e-5, `${name}: ${difference}`)
  }
  const length = Math.hypot(...raw.subarray(512))
  t.ok(raw.subarray(512).every((value, i) => Math.abs(value / length - outputs['embeddings']!.data[512 + i]!) < 1e-6), 'embeddings are the same at length 1')
})

const conditions = new Uint8Array(readFileSync(new URL('../../../fixtures/frozen/conditions.pb', import.meta.url)))
const outputs = ['embeddings', 'classes']

/*
 * conditions.pb: input from a queue; a BatchNormalization and a dropout inside conditions on `phase_train`; a dilated convolution with
 * eight-bit weights between SpaceToBatchND and BatchToSpaceND; shapes computed from shapes; Softmax over [2 n, 2]; formula weights. Outputs
 * of TensorFlow 2.21 for samples 0 and 1, [15, 13, 3], scale 2, offset −1:
 */
const CONDITIONS = {
  embeddings: [0.5430374, -0.42718402, -0.7200846, -0.064049385, 0.8905397, -0.2943201, -0.3206061, 0.13238798],
  classes: [0.675335, 0.324665, 0.37866053, 0.6213395, 0.6761664, 0.32383353, 0.4300942, 0.56990576]
}

t.test('conditions on training, queues, computed shapes, dilations, Dequantize: a batch of two matches TensorFlow', async (t) => {
  const graph = importFrozen(conditions, { outputs })
  t.strictSame(graph.inputs, [{ name: 'input', type: 'float32', dims: ['n', 3, 15, 13] }])
  const found = await run(graph, picture([2, 15, 13], { scale: 2, offset: -1 }), [2, 3, 15, 13])
  for (const [name, values] of Object.entries(CONDITIONS)) {
    t.strictSame(found[name]!.dims, [2, 4])
    t.ok(furthest(found[name]!.data, values) < 1e-6, name)
  }
})

t.test('a missing output and an unsupported operation are named', async (t) => {
  t.throws(() => importFrozen(conditions, { outputs: ['logits'] }), { name: 'ConversionError', message: /logits/ })
  const file = Buffer.from(conditions)
  file.write('Floor', file.indexOf('\x12\x05Rsqrt') + 2)
  t.throws(() => importFrozen(file, { outputs }), { name: 'ConversionError', message: 'embeddings/Rsqrt (Floor) is an operation that is not supported.' })
})

t.test('damaged copies are refused with a message, or make a graph in proportion to the file', async (t) =>
  survives(t, conditions, (damaged) => { importFrozen(damaged, { outputs }) }))
