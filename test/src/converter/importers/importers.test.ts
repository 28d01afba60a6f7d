import { readFileSync } from 'node:fs'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import t from 'tap'
import type { Conversion } from '../../../../src/converter/conversion.ts'
import { convert } from '../../../../src/converter/convert.ts'
import type { Graph } from '../../../../src/converter/graph/graph.ts'
import { importCaffe } from '../../../../src/converter/importers/caffe/import-caffe.ts'
import { importFrozen } from '../../../../src/converter/importers/frozen/import-frozen.ts'
import { importTflite } from '../../../../src/converter/importers/tflite/import-tflite.ts'
import { recordedInput } from '../../../references.ts'
import { run } from '../run.ts'
import { planes } from './recorded.ts'

const fixture = (path: string): [string, Uint8Array] => [path.split('/').at(-1)!, readFileSync(new URL(`../../../fixtures/${path}`, import.meta.url))]
const tflite = fixture('tflite/dynamic-range.tflite')
const frozen = fixture('frozen/conditions.pb')
const caffe = [fixture('caffe/ssd.prototxt'), fixture('caffe/ssd.caffemodel')] as const

/** Format, outputs, input size, published files, and the graph as the importer writes it. */
const CASES: ReadonlyArray<[Conversion['format'], readonly string[], readonly [height: number, width: number], ReadonlyArray<[string, Uint8Array]>, () => Graph]> = [
  ['tflite', ['Identity', 'Identity_1'], [21, 19], [tflite], () => importTflite(tflite[1])],
  ['tensorflow', ['embeddings', 'classes'], [15, 13], [frozen], () => importFrozen(frozen[1], { outputs: ['embeddings', 'classes'] })],
  ['caffe', ['mbox_loc', 'mbox_conf_flatten'], [32, 37], caffe, () => importCaffe(caffe[0][1], caffe[1][1])]
]

for (const [format, names, [height, width], files, imported] of CASES) {
  t.test(`${format}: the final graph, which includes preprocessing, matches the importer's`, async (t) => {
    const pixels = recordedInput({ layout: 'NHWC', shape: [1, height, width, 3], sample: 0, scale: 256, offset: 0, floor: true })
    const plain = await run(imported(), planes(pixels.map((value) => value / 128 - 1), [1, height, width, 3]), [1, 3, height, width])

    const input = { channels: 'RGB', mean: [128, 128, 128], std: [128, 128, 128], size: [height, width] } as const
    const session = await InferenceSession.create(convert({ format, outputs: names, input }, new Map(files)), { logSeverityLevel: 3 })
    const found = await session.run({ image: new Tensor('uint8', Uint8Array.from(pixels), [1, height, width, 3]) })
    await session.release()
    for (const name of names) {
      const [expected, values] = [plain[name]!.data, found[name]!.data as Float32Array]
      const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
      const difference = expected.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0)
      t.ok(difference <= 1e-5 * largest, `${name}: ${difference} of ${largest}`)
    }
  })
}

t.test('files that do not belong to the format are refused', async (t) => {
  const input = { channels: 'RGB', mean: [0, 0, 0], std: [1, 1, 1] } as const
  t.throws(() => convert({ format: 'caffe', input }, new Map([caffe[1]])), { name: 'ConversionError', message: 'One file *.prototxt was expected among ssd.caffemodel.' })
  t.throws(() => convert({ format: 'tflite', input }, new Map([frozen, tflite])), { name: 'ConversionError', message: 'One file was expected; there are 2.' })
})
