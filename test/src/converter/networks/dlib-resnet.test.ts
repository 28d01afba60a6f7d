import t from 'tap'
import { readNetwork } from '../../../../src/converter/importers/dlib/network.ts'
import { dlibResnet } from '../../../../src/converter/networks/dlib-resnet.ts'
import { formula } from '../../../keras/formula.ts'
import { cases, missing, published, shared } from '../../../references.ts'
import { layers, network } from '../importers/dlib-files.ts'
import { run, worst } from '../run.ts'

const file = published('55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30', 'dlib_face_recognition_resnet_model_v1.dat')
const reference = shared('keras/dlib.json')
interface Case {
  readonly network: string
  readonly image: 'noise' | 'ramp'
  readonly side: number
  readonly sample: number
  readonly outputs: ReadonlyArray<{ readonly values: readonly number[] }>
}

t.test('descriptors are those of dlib 20.0.1, within 2e-6', { skip: missing(file, reference) }, async (t) => {
  const graph = dlibResnet(readNetwork(file!))
  const chips = cases<Case>(reference).filter(({ network }) => network === 'dlib_face_recognition_resnet_model_v1')
  const plane = 150 * 150
  const input = new Float32Array(chips.length * 3 * plane)
  chips.forEach(({ image, sample }, n) => {
    const u = formula(`input${sample}`)
    for (let i = 0; i < 3 * plane; i++) {
      const [c, p] = [i % 3, Math.floor(i / 3)]
      const value = image === 'noise' ? Math.floor(256 * u(i)) : (p % 150 + 2 * Math.floor(p / 150) + 40 * c + Math.floor(32 * u(i))) & 255
      input[(n * 3 + c) * plane + p] = value
    }
  })
  const { descriptor } = await run(graph, input, [chips.length, 3, 150, 150])
  t.equal(chips.length, 4)
  t.strictSame(descriptor!.dims, [4, 128])
  t.ok(worst(descriptor!.data, chips.flatMap(({ outputs }) => outputs[0]!.values)) < 2e-6)
})

const stem = layers.con([32, 3, 7], 2, 0)
const refused: Record<string, readonly [file: Uint8Array, message: RegExp]> = {
  'pictures of another size': [network(stem, [], { size: 160 }), /takes 150 × 150 pixels; this file's takes 160 × 160/],
  'other filters': [network(layers.con([16, 3, 7], 2, 0), []), /stem: weights of shape \[32, 3, 7, 7\] were expected; the file has \[16, 3, 7, 7\]/],
  'another stride': [network(layers.con([32, 3, 7], 1, 0), []), /stem: a stride of 2 was expected; the file has 1 × 1/],
  'another padding': [network(layers.con([32, 3, 7], 2, 3), []), /stem: a padding of 0 was expected; the file has 3 × 3/],
  'another layer': [network(stem, [layers.named('relu_')]), /stem\/affine should be layer 2 of the file, of kind affine; there is relu/],
  'fewer layers': [network(stem, [layers.affine(32), layers.named('relu_')]), /stem\/pool should be layer 4 of the file, of kind max_pool; there is none/]
}
for (const [what, [file, message]] of Object.entries(refused)) t.test(`refused: ${what}`, async (t) => t.throws(() => dlibResnet(readNetwork(file)), { name: 'ConversionError', message }))
