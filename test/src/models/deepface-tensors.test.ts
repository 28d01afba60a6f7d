import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { convert } from '../../../src/converter/convert.ts'
import { resizePlane } from '../../../src/image/opencv/resize-plane.ts'
import { cardNamed, recogniserNamed } from '../../../src/models/catalogue.ts'
import { grey } from '../../../src/models/deepface-attributes/tensor-attributes.ts'
import { graphConversion } from '../../../src/models/model-files.ts'
import { deepfaceInputs } from '../../../src/models/recognition/deepface-inputs.ts'
import { runTensors, unscaled } from '../../../src/models/run-tensors.ts'
import { openSession, type Session } from '../../../src/onnx/session.ts'
import { formula } from '../../keras/formula.ts'
import { SHARED } from '../../shared.ts'

const KERAS = new URL('keras/', SHARED)
const skip = existsSync(KERAS) ? false : 'the recorded outputs of Keras (../shared/keras) are not here'

/** Opens the converted graph of the model called `name`, with Keras' formula weights. */
async function openFormula (t: Test, name: string, file: string): Promise<Session> {
  const path = join(t.testdir(), 'graph.onnx')
  await writeFile(path, convert(cardNamed(name).conversion, new Map([[file, await readFile(new URL(`h5/${file}`, KERAS))]])))
  const session = await openSession(path, { device: { provider: 'cpu' }, threads: 1 })
  t.teardown(() => session.close())
  return session
}

/** The input number `i` that Keras was run on, as rows of pixels. */
function input (i: number, length: number): Float32Array {
  const number = formula(`input${i}`)
  return Float32Array.from({ length }, (_, k) => number(k))
}

async function compare (t: Test, model: string, found: readonly Float32Array[]): Promise<void> {
  const { runs } = JSON.parse(await readFile(new URL(`${model}.json`, KERAS), 'utf8'))
  const { values, shape: [rows] } = runs[1].outputs[0]
  t.equal(found.length, rows)
  const most = Math.max(...values.map(Math.abs))
  const worst = Math.max(...found.flatMap((row, r) => Array.from(row, (value, i) => Math.abs(value - values[r * row.length + i]) / most)))
  t.ok(worst < 1e-5, `off by ${worst} of the largest value`)
}

t.test('a recogniser fed with DeepFace’s tensors returns Keras’ outputs', { skip }, async (t) => {
  const session = await openFormula(t, 'DeepID', 'DeepID.h5')
  await compare(t, 'DeepID', await deepfaceInputs.tensor(session, recogniserNamed('DeepID')).embed([input(0, 55 * 47 * 3), input(1, 55 * 47 * 3)]))
})

t.test('an attribute model fed with DeepFace’s tensors returns Keras’ outputs', { skip }, async (t) => {
  const session = await openFormula(t, 'DeepFace-Emotion', 'Emotion.h5')
  const scaling = graphConversion(cardNamed('DeepFace-Emotion')).input
  await compare(t, 'Emotion', await runTensors(session, [0, 1].map((i) => unscaled(input(i, 48 * 48), scaling)), [48, 48, 1]))
})

t.test('pixels for a graph that scales its input are such that it computes the tensor', async (t) => {
  const scaling = { channels: 'BGR', mean: [0, 1, 2], std: [2, 2, 2] } as const
  t.strictSame([...unscaled(Float32Array.of(1, 2, 3), scaling)], [8, 5, 2])
  t.strictSame([...unscaled(Float32Array.of(1, 2, 3), { ...scaling, channels: 'RGB' })], [2, 5, 8])
})

/** A network that records its inputs. */
function recording (): { session: Session, given: Array<number[]> } {
  const given: Array<number[]> = []
  const session: Session = {
    async run (pixels, [n]) {
      given.push([...pixels])
      return new Map([['out', { dims: [n, 128], data: new Float32Array(n * 128) }]])
    },
    close: async () => {}
  }
  return { session, given }
}

t.test('Dlib’s tensors count as 0..255 when a value of any face is above 1', async (t) => {
  const { session, given } = recording()
  const dlib = deepfaceInputs['bytes-by-range'](session, recogniserNamed('Dlib'))
  await dlib.embed([Float32Array.of(0, 0.5, 1)])
  await dlib.embed([Float32Array.of(0, 0.5, 1), Float32Array.of(9.9, 20, 255)])
  t.strictSame(given, [[255, 127, 0], [1, 0, 0], [255, 20, 9]])
})

t.test('Buffalo_L gets tensors as they are, without undoing the graph’s scaling', async (t) => {
  const { session, given } = recording()
  await deepfaceInputs.pixels(session, recogniserNamed('Buffalo_L')).embed([Float32Array.of(0, 0.5, 1)])
  t.strictSame(given, [[0, 0.5, 1]])
})

t.test('emotions are read from grey pixels, resized', async (t) => {
  t.strictSame([...grey(Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1))].map((v) => v.toFixed(3)), ['0.114', '0.587', '0.299'])
  const plane = { width: 2, height: 2, data: Float32Array.of(0, 1, 2, 3) }
  t.strictSame([...resizePlane(plane, 4, 1).data], [1, 1.25, 1.75, 2])
  t.strictSame(resizePlane(plane, 2, 2), plane)
})
