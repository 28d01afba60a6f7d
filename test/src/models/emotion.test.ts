import t from 'tap'
import { scores } from '../../../src/models/emotion/emotion.ts'
import { EMOTIONS } from '../../../src/names.ts'

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
