import t from 'tap'
import { fromImage } from '../../../src/image/picture.ts'
import { emotion, scores } from '../../../src/models/emotion/emotion.ts'
import { EMOTIONS } from '../../../src/names.ts'
import type { Session } from '../../../src/onnx/session.ts'

const softmax = (...values: number[]) => Float32Array.from(values)
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-4

t.test('scores are percentages of all emotions', async (t) => {
  const found = scores([softmax(0.1, 0.1, 0.1, 0.4, 0.1, 0.1, 0.1), softmax(0, 0, 0, 1, 0, 0, 0)])
  t.strictSame(Object.keys(found), EMOTIONS)
  t.ok(near(Object.values(found).reduce((sum, score) => sum + score, 0), 100))
})

t.test('an emotion that was rare in training gets a higher score', async (t) => {
  // By the square root of the ratio of their numbers of training faces.
  const { disgust, happy, angry } = scores([softmax(0.2, 0.2, 0.1, 0.2, 0.1, 0.1, 0.1)])
  t.ok(near(disgust / happy, Math.sqrt(7215 / 436)))
  t.ok(near(angry / happy, Math.sqrt(7215 / 3995)))
})

t.test('all crops of a face have the same weight', async (t) => {
  const [a, b] = [softmax(0.5, 0.5, 0, 0, 0, 0, 0), softmax(0, 0, 0.5, 0.5, 0, 0, 0)]
  t.strictSame(scores([a, b]), scores([b, a]))
  t.ok(near(scores([a, a]).angry, scores([a]).angry))
})

t.test('both networks run on three crops of each face and their mirror images, and weigh the same', async (t) => {
  // The left half of the picture is black, so the mirror image of a crop differs from it.
  const data = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => i % (64 * 3) < 32 * 3 ? 0 : 200)
  const faces = [{ x: 16, y: 16, w: 32, h: 32 }, { x: 0, y: 0, w: 64, h: 64 }].map((box) => ({ box, landmarks: undefined, score: 1 }))
  const seen: Uint8Array[][] = []
  /** A network that is sure of one emotion, whatever it sees. */
  const sureOf = (i: number): Session => {
    const own: Uint8Array[] = []
    seen.push(own)
    return {
      async run (pixels, [n, height, width]) {
        for (let k = 0; k < n; k++) own.push(Uint8Array.from(pixels.slice(k * height * width, (k + 1) * height * width)))
        const data = Float32Array.from({ length: n * EMOTIONS.length }, (_, k) => k % EMOTIONS.length === i ? 1 : 0)
        return new Map([['any', { dims: [n, EMOTIONS.length], data }]])
      },
      close: async () => {}
    }
  }
  const [angry, fear] = [EMOTIONS.indexOf('angry'), EMOTIONS.indexOf('fear')]
  const model = emotion([sureOf(angry), sureOf(fear)])
  const found = await model.describe(fromImage({ width: 64, height: 64, data }), faces, { align: true, expandPercentage: 0 })
  const alike = scores([softmax(1, 0, 0, 0, 0, 0, 0), softmax(0, 0, 1, 0, 0, 0, 0)])
  t.equal(found.length, 2)
  for (const { emotion: own } of found) for (const name of EMOTIONS) t.ok(near(own![name], alike[name]), name)
  t.strictSame(seen.map((crops) => crops.length), [12, 12])
  t.strictSame(seen[0], seen[1], 'both get the same crops')
  const mirrored = (crop: Uint8Array) => crop.map((_, i) => crop[i - i % 64 + 63 - i % 64]!)
  const differs = (a: Uint8Array, b: Uint8Array) => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
  for (let i = 0; i < 12; i += 2) t.ok(differs(seen[0]![i]!, mirrored(seen[0]![i + 1]!)) <= 1, 'each second one is the mirror image, but for rounding')
  t.equal(new Set(seen[0]!.map(String)).size, 12, 'no two are alike')
})
