import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import type { GraphConversion } from '../../../../src/converter/conversion.ts'
import { convert } from '../../../../src/converter/convert.ts'
import type { Graph } from '../../../../src/converter/graph/graph.ts'
import { readNetwork } from '../../../../src/converter/importers/dlib/network.ts'
import { readJoblib } from '../../../../src/converter/importers/numpy/joblib.ts'
import { readNestedNpy } from '../../../../src/converter/importers/numpy/nested.ts'
import { readStateDict } from '../../../../src/converter/importers/torch/read-state-dict.ts'
import { dlibNetwork, joblibNetwork, numpyNetwork, torchNetwork } from '../../../../src/converter/networks/network-tables.ts'
import { formula } from '../../../keras/formula.ts'
import { channelsFirst, missing, published, shared } from '../../../references.ts'
import { run, worst } from '../run.ts'

type Input = GraphConversion['input']
const pixels = (channels: 'RGB' | 'BGR', size?: readonly [number, number]): Input => ({ channels, mean: [0, 0, 0], std: [1, 1, 1], ...(size && { size }) })
const mtcnn = (size?: readonly [number, number]): Input => ({ channels: 'RGB', mean: [127.5, 127.5, 127.5], std: [128, 128, 128], ...(size && { size }) })

interface Row {
  readonly file: Uint8Array | undefined
  readonly conversion: GraphConversion
  readonly graph: (file: Uint8Array, network: string) => Graph
  readonly sizes: ReadonlyArray<readonly [number, number]>
}

const joblib = (network: string, name: string, size?: readonly [number, number]): Row => ({
  file: shared(`weights/mtcnn-1.0/${name}.lz4`),
  conversion: { format: 'joblib', network, input: mtcnn(size) },
  graph: (file, network) => joblibNetwork(network)(readJoblib(file)),
  sizes: size ? [size] : [[12, 12], [37, 52], [40, 31]]
})
const torch = (network: string, path: string, input: Input, size: readonly [number, number]): Row => ({
  file: shared(path),
  conversion: { format: 'torch', network, input },
  graph: (file, network) => torchNetwork(network)(readStateDict(file)),
  sizes: [size]
})

const ROWS: readonly Row[] = [
  {
    file: published('55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30', 'dlib_face_recognition_resnet_model_v1.dat'),
    conversion: { format: 'dlib', network: 'dlib-resnet', input: pixels('RGB', [150, 150]) },
    graph: (file, network) => dlibNetwork(network)(readNetwork(file)),
    sizes: [[150, 150]]
  },
  torch('minifasnet-v2', 'weights/minifasnet/2.7_80x80_MiniFASNetV2.pth', pixels('BGR', [80, 80]), [80, 80]),
  torch('minifasnet-v1se', 'weights/minifasnet/4_0_0_80x80_MiniFASNetV1SE.pth', pixels('BGR', [80, 80]), [80, 80]),
  joblib('mtcnn-1-pnet', 'pnet'),
  joblib('mtcnn-1-rnet', 'rnet', [24, 24]),
  joblib('mtcnn-1-onet', 'onet', [48, 48]),
  torch('facenet-pytorch-onet', 'weights/facenet-pytorch/onet.pt', mtcnn([48, 48]), [48, 48]),
  {
    file: shared('weights/mtcnn_weights.npy'),
    conversion: { format: 'numpy', network: 'mtcnn-0-rnet', input: mtcnn([24, 24]) },
    graph: (file, network) => numpyNetwork(network)(readNestedNpy(file)),
    sizes: [[24, 24]]
  }
]

for (const { file, conversion, graph, sizes } of ROWS) {
  const { network = '', input: { channels, mean, std } } = conversion
  t.test(`${network}: the graph that is run, of pixels, gives what the network as it is published gives, within 1e-5 of the largest value`, { skip: missing(file) }, async (t) => {
    const plain = graph(file!, network)
    const session = await InferenceSession.create(convert(conversion, new Map([['file', file!]])), { intraOpNumThreads: 1, logSeverityLevel: 3 })
    t.teardown(() => session.release())
    for (const [h, w] of sizes) {
      const u = formula('pixels')
      const image = Uint8Array.from({ length: 2 * h * w * 3 }, (_, i) => 256 * u(i))
      const own = Float32Array.from(image, (_, i) => (image[channels === 'BGR' ? i - i % 3 + 2 - i % 3 : i]! - mean[i % 3]!) / std[i % 3]!)
      const expected = await run(plain, channelsFirst(own, [2, h, w, 3]), [2, 3, h, w])
      const found = await session.run({ image: new Tensor('uint8', image, [2, h, w, 3]) })
      t.strictSame(Object.keys(found), Object.keys(expected))
      for (const [name, { dims, data }] of Object.entries(expected)) {
        t.strictSame(found[name]!.dims, dims)
        t.ok(worst(found[name]!.data as Float32Array, data) < 1e-5 * Math.max(...data.map(Math.abs)), name)
      }
    }
  })
}
