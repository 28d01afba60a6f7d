import { readFileSync } from 'node:fs'
import t from 'tap'
import { elements, float32, type Tensor } from '../../../../src/converter/graph/tensor.ts'
import { YOLO, yolo, type YoloName } from '../../../../src/converter/networks/yolo.ts'
import { formula } from '../../../keras/formula.ts'
import { run, worst } from '../run.ts'

/**
 * Outputs of ultralytics 8.3.203 for formula weights: a YOLOv8 with landmarks, a YOLO11, and a YOLO12 in the structure of its large
 * variants, all narrow.
 */
interface Recorded {
  readonly gain: number
  readonly tensors: Readonly<Record<string, readonly number[]>>
  readonly input: readonly number[]
  readonly outputs: Readonly<Record<string, { readonly shape: readonly number[], readonly at: readonly number[], readonly values: readonly number[] }>>
}

const recorded = (name: YoloName): Recorded => JSON.parse(readFileSync(`test/fixtures/yolo/${name}.json`, 'utf8'))

/** Generates weights by the formula in `../shared/keras/README.md`, each seeded with its name. */
function weight (name: string, dims: readonly number[], gain: number): Tensor {
  const u = formula(name)
  const fanIn = elements(dims.slice(1))
  const value = (i: number): number => {
    if (name.endsWith('dfl.conv.weight')) return i
    if (name.endsWith('running_var')) return 0.5 + u(i)
    if (name.endsWith('bn.weight') || name.endsWith('gamma')) return 0.8 + 0.4 * u(i)
    return dims.length === 4 ? (2 * u(i) - 1) * (gain * Math.sqrt(6 / fanIn)) : (2 * u(i) - 1) * 0.1
  }
  return float32(Float32Array.from({ length: elements(dims) }, (_, i) => value(i)), dims)
}

const weights = ({ tensors, gain }: Recorded): Map<string, Tensor> => new Map(Object.entries(tensors).map(([name, dims]) => [name, weight(name, dims, gain)]))

for (const name of Object.keys(YOLO) as YoloName[]) {
  t.test(`${name} gives what ultralytics gives, within 1e-5 of the largest value`, async (t) => {
    const { input, outputs, ...rest } = recorded(name)
    const u = formula('input0')
    const found = await run(yolo(weights({ input, outputs, ...rest }), name), Float32Array.from({ length: elements(input) }, (_, i) => u(i)), input)
    t.strictSame(Object.keys(found).sort(), Object.keys(outputs).sort())
    for (const [output, { shape, at, values }] of Object.entries(outputs)) {
      const { dims, data } = found[output]!
      t.strictSame(dims, shape)
      t.ok(worst(at.map((i) => data[i]!), values) < 1e-5 * Math.max(1, ...values.map(Math.abs)), output)
    }
  })
}

t.test('weights of another network are refused by what is wrong', async (t) => {
  const own = recorded('yolov8')
  const without = new Map([...weights(own)].filter(([name]) => !name.startsWith('model.9.')))
  t.throws(() => yolo(without, 'yolov8'), { name: 'ConversionError', message: /model\.9\.cv1\.conv\.weight are missing/ })
  t.throws(() => yolo(weights(own), 'yolo11'), { name: 'ConversionError' })
  const objects = { ...own, tensors: { ...own.tensors } }
  for (const i of [0, 1, 2]) {
    const [, each] = own.tensors[`model.22.cv3.${i}.2.weight`]!
    objects.tensors = { ...objects.tensors, [`model.22.cv3.${i}.2.weight`]: [80, each!, 1, 1], [`model.22.cv3.${i}.2.bias`]: [80] }
  }
  t.throws(() => yolo(weights(objects), 'yolov8'), { message: 'The network has 80 channels of classes; one for faces alone has 1.' })
})
