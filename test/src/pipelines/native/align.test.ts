import t from 'tap'
import { fromImage } from '../../../../src/image/picture.ts'
import type { RecogniserCard } from '../../../../src/models/card.ts'
import { cardNamed } from '../../../../src/models/catalogue.ts'
import { deepfaceAge, deepfaceEmotion, deepfaceGender, deepfaceRace } from '../../../../src/models/deepface-attributes/deepface-attributes.ts'
import type { AttributesByPipeline, Family } from '../../../../src/models/family.ts'
import { recogniser } from '../../../../src/models/recognition/recogniser.ts'
import type { Session } from '../../../../src/onnx/session.ts'
import type { AttributeModel } from '../../../../src/pipelines/contract.ts'

/** A white picture with a face twice as high as wide. */
const picture = fromImage({ width: 400, height: 400, data: new Uint8Array(400 * 400 * 3).fill(255) })
const face = { box: { x: 100, y: 50, w: 100, h: 200 }, landmarks: undefined, score: 1 }
const framing = { align: true, expandPercentage: 0 }

/** A network that records its inputs and returns `values` for each crop. */
function answering (values: readonly number[]) {
  const given: Array<{ pixels: Uint8Array | Float32Array, shape: readonly number[] }> = []
  const session: Session = {
    async run (pixels, shape) {
      given.push({ pixels, shape })
      const data = Float32Array.from({ length: shape[0] * values.length }, (_, i) => values[i % values.length]!)
      return new Map([['out', { dims: [shape[0], values.length], data }]])
    },
    close: async () => {}
  }
  return { session, given }
}

t.test('recognisers that DeepFace feeds get the upright box in black', async (t) => {
  const { session, given } = answering([3, 4])
  const card = { ...cardNamed('DeepID') as RecogniserCard, length: 2 }
  const [embedding] = await recogniser(session, card).embed(picture, [face], framing)
  t.strictSame([...embedding!], [3, 4])
  t.strictSame(given[0]!.shape, [1, 55, 47, 3])
  // The box fills 27 × 55 of 47 × 55.
  const row = Array.from({ length: 47 }, (_, x) => given[0]!.pixels[(20 * 47 + x) * 3]!)
  t.strictSame(row, [...Array(10).fill(0), ...Array(27).fill(255), ...Array(10).fill(0)])
})

t.test('VGG-Face\'s vectors have length 1', async (t) => {
  const { session } = answering([3, 4])
  const [embedding] = await recogniser(session, cardNamed('VGG-Face') as RecogniserCard).embed(picture, [face], framing)
  t.ok(Math.abs(embedding![0]! - 0.6) < 1e-6 && Math.abs(embedding![1]! - 0.8) < 1e-6)
})

t.test('recognisers with a template fill their crop', async (t) => {
  const { session, given } = answering([1])
  await recogniser(session, cardNamed('SFace') as RecogniserCard).embed(picture, [face, face], framing)
  t.strictSame(given[0]!.shape, [2, 112, 112, 3])
  t.ok(given[0]!.pixels.every((value) => value === 255))
})

t.test('a face that is to be mirrored gets one vector of two crops, the others one of one crop', async (t) => {
  const given: Array<{ pixels: Uint8Array | Float32Array, shape: readonly number[] }> = []
  const rows = [[[3, 4], [10, 0], [6, 8]], [[0, 20]]]
  const session: Session = {
    async run (pixels, shape) {
      given.push({ pixels, shape })
      return new Map([['out', { dims: [shape[0], 2], data: Float32Array.from(rows[given.length - 1]!.flat()) }]])
    },
    close: async () => {}
  }
  // Its left half is black.
  const half = fromImage({ width: 400, height: 400, data: Uint8Array.from({ length: 400 * 400 * 3 }, (_, i) => i % 1200 < 600 ? 0 : 255) })
  const wide = { ...face, box: { x: 100, y: 100, w: 200, h: 200 } }
  const vectors = await recogniser(session, { ...cardNamed('SFace') as RecogniserCard, length: 2 }).embed(half, [wide, { ...wide, mirrored: true }, wide], framing)
  t.strictSame(vectors.map((vector) => Array.from(vector, (x) => Math.round(1000 * x) / 1000)), [[3, 4], [10.607, 10.607], [6, 8]], 'mean direction, mean length')
  t.strictSame(given.map(({ shape }) => shape), [[3, 112, 112, 3], [1, 112, 112, 3]])
  const row = (run: number, i: number): number[] => Array.from({ length: 112 }, (_, x) => given[run]!.pixels[((112 * i + 50) * 112 + x) * 3]!)
  t.ok(row(0, 1)[0] === 0 && row(0, 1)[111] === 255)
  t.strictSame([row(0, 0), row(0, 2)], [row(0, 1), row(0, 1)])
  t.strictSame(row(1, 0), row(0, 1).reverse())
})

/** An attribute model of the native pipeline on a session. */
async function native (family: Family<AttributesByPipeline>, session: Session): Promise<AttributeModel> {
  const none = (): never => { throw new Error('It has no file.') }
  return (await family({ session: async () => session, bytes: none, text: none }, cardNamed('DeepFace-Age'))).native
}

t.test('DeepFace\'s attribute models', async (t) => {
  const ages = Array.from({ length: 101 }, (_, age) => age === 30 ? 0.5 : age === 33 ? 0.5 : 0)
  t.strictSame(await (await native(deepfaceAge, answering(ages).session)).describe(picture, [face], framing), [{ age: 31 }])
  t.strictSame(await (await native(deepfaceGender, answering([0.25, 0.75]).session)).describe(picture, [face], framing), [{ gender: { Woman: 25, Man: 75 } }])
  const races = await (await native(deepfaceRace, answering([0.5, 0, 0, 0.5, 0, 0]).session)).describe(picture, [face], framing)
  t.match(races, [{ race: { asian: 50, white: 50, 'latino hispanic': 0 } }])
  const { session, given } = answering([0, 0, 0, 1, 0, 0, 0])
  t.match(await (await native(deepfaceEmotion, session)).describe(picture, [face], framing), [{ emotion: { happy: 100, neutral: 0 } }])
  t.strictSame(given[0]!.shape, [1, 48, 48, 1])
})
