import t from 'tap'
import { float32 } from '../../../../src/converter/graph/tensor.ts'
import { readJoblib } from '../../../../src/converter/importers/numpy/joblib.ts'
import { readNestedNpy } from '../../../../src/converter/importers/numpy/nested.ts'
import { readStateDict } from '../../../../src/converter/importers/torch/read-state-dict.ts'
import type { MtcnnName } from '../../../../src/converter/networks/mtcnn-nets.ts'
import { fromFacenet, fromFacenetPytorch, fromMtcnn0, fromMtcnn1, type MtcnnWeights } from '../../../../src/converter/networks/mtcnn-weights.ts'
import { mtcnn } from '../../../../src/converter/networks/mtcnn.ts'
import { cases, channelsFirst, channelsLast, missing, published, type Recorded, recordedInput, shared } from '../../../references.ts'
import { run, worst } from '../run.ts'

const reference = shared('keras/mtcnn.json')
const recorded = cases<Recorded>(reference)
const NAMES = ['PNet', 'RNet', 'ONet'] as const
const OUTPUTS: Readonly<Record<string, string>> = { reg: 'regression', cls: 'probability', landmarks: 'landmarks' }

interface Variant {
  readonly files: Readonly<Record<MtcnnName, Uint8Array | undefined>>
  readonly weights: (file: Uint8Array, name: MtcnnName) => MtcnnWeights
}

const old = shared('weights/mtcnn_weights.npy')
const each = (file: (name: string) => Uint8Array | undefined) => ({ PNet: file('pnet'), RNet: file('rnet'), ONet: file('onet') })
const VARIANTS: Readonly<Record<string, Variant>> = {
  'mtcnn 1.0.0 (joblib, LZ4)': { files: each((name) => shared(`weights/mtcnn-1.0/${name}.lz4`)), weights: (file, name) => fromMtcnn1(readJoblib(file), name) },
  'mtcnn 0.1.1 (NumPy)': { files: { PNet: old, RNet: old, ONet: old }, weights: (file, name) => fromMtcnn0(readNestedNpy(file), name) },
  'facenet-pytorch (PyTorch)': { files: each((name) => shared(`weights/facenet-pytorch/${name}.pt`)), weights: (file, name) => fromFacenetPytorch(readStateDict(file), name) },
  'facenet (NumPy of Python 2)': {
    files: {
      PNet: published('3285cf7a3de2651c5784cb9e32013f5919aae95fd1ed1bc371dd9691affb39af', 'det1.npy'),
      RNet: published('716b8b83e42476791c9096f14dbb09fefc88bf5c7ec876b1683f9acd52b3f39c', 'det2.npy'),
      ONet: published('396ead803d85d3443307ff8f45fb6aed2536579b415a4f4d4cb8f93ea6b1476a', 'det3.npy')
    },
    weights: (file, name) => fromFacenet(readNestedNpy(file), name)
  }
}

for (const [variant, { files, weights }] of Object.entries(VARIANTS)) {
  for (const name of NAMES) {
    const file = files[name]
    t.test(`${name} of ${variant} gives what mtcnn 1.0.0 gives, within 1e-5`, { skip: missing(file, reference) }, async (t) => {
      const graph = mtcnn(name, weights(file!, name))
      const runs = recorded.filter(({ network }) => network === name)
      t.ok(runs.length > 0)
      for (const { input, outputs } of runs) {
        const [n, h, w, c] = input.shape as [number, number, number, number]
        const found = await run(graph, channelsFirst(recordedInput(input), [n, h, w, c]), [n, c, h, w])
        for (const { name: output, shape, values } of outputs) {
          const { dims, data } = found[OUTPUTS[output] ?? output]!
          const map = dims.length === 4
          t.strictSame(map ? [dims[0], dims[2], dims[3], dims[1]] : dims, shape)
          t.ok(worst(map ? channelsLast(data, dims as [number, number, number, number]) : data, values) < 1e-5, output)
        }
      }
    })
  }
}

const { files: { RNet: rnet }, weights } = VARIANTS['mtcnn 1.0.0 (joblib, LZ4)']!
t.test('the weights of one network are refused as those of another', { skip: missing(rnet) }, async (t) => {
  t.throws(() => mtcnn('ONet', weights(rnet!, 'ONet')), { message: 'ONet has 21 tensors; the file has 16.' })
  t.throws(() => mtcnn('PNet', fromFacenetPytorch(new Map(), 'PNet')), { message: /conv1\.weight \[10, 3, 3, 3\] are missing; the file has none/ })
  t.throws(() => mtcnn('PNet', fromMtcnn0(new Map([['p', { list: [] }]]), 'PNet')), { message: 'The file has no list pnet; it has p.' })
})

const pnet = VARIANTS['facenet-pytorch (PyTorch)']!.files.PNet
t.test('weights that the network does not have are refused by name', { skip: missing(pnet) }, async (t) => {
  const tensors = readStateDict(pnet!)
  const more = new Map([...tensors, ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => [name, float32(Float32Array.of(1))] as const)])
  t.throws(() => mtcnn('PNet', fromFacenetPytorch(more, 'PNet')), { message: 'The file has weights that the network does not: a, b, c, d, e and 1 more.' })
})
