import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import { convert } from '../../../../src/converter/convert.ts'
import { partsOf } from '../../../../src/models/model-files.ts'
import { cards } from '../../../../src/models/mesh/cards.ts'
import { published, type Recorded, recordedInput } from '../../../references.ts'
import { agrees } from '../../converter/importers/recorded.ts'

type Outputs = Recorded['outputs']

const recorded = JSON.parse(readFileSync('test/fixtures/mesh/recorded.json', 'utf8')) as Readonly<Record<string, Outputs>>

/** Input of each network, and how far its outputs may be from the original's: pixels and logits, and coefficients. */
const RUNS = {
  'face-landmarker': { type: 'uint8', shape: [2, 256, 256, 3], tolerance: 5e-4 },
  'face-landmarker.blendshapes': { type: 'float32', shape: [2, 146, 2, 1], tolerance: 1e-5 },
  'face-mesh': { type: 'uint8', shape: [2, 192, 192, 3], tolerance: 5e-4 }
} as const

for (const { name, files, conversion } of cards.flatMap(partsOf)) {
  const contents = files.map(({ name, sha256 }) => [name, published(sha256!, name)] as const)
  t.test(`${name} gives what the original gives`, { skip: contents.some(([, bytes]) => !bytes) && `the weights of ${name} are not in MODELS_PATH` }, async (t) => {
    const { type, shape, tolerance } = RUNS[name as keyof typeof RUNS]
    const numbers = recordedInput({ layout: 'NHWC', shape, sample: 0, scale: 256, offset: 0, floor: type === 'uint8' })
    const graph = convert(conversion, new Map(contents as Array<[string, Uint8Array]>))
    const session = await InferenceSession.create(graph, { intraOpNumThreads: 1, logSeverityLevel: 3 })
    const image = type === 'uint8' ? new Tensor('uint8', Uint8Array.from(numbers), shape) : new Tensor('float32', numbers, shape)
    const found = await session.run({ image })
    await session.release()
    const outputs = Object.entries(found).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }])
    agrees(t, Object.fromEntries(outputs), recorded[name]!, tolerance)
  })
}
