import t from 'tap'
import { verdictBy } from '../../../src/match/verdict.ts'

const CURVE = { slope: 10, intercept: -5 }

t.test('the native pipeline reports exact distances and a probability', async (t) => {
  t.strictSame(verdictBy('native', 'SFace', 'cosine', CURVE)(0.12345678, 0.5), { distance: 0.12345678, confidence: 50 })
})

t.test('the deepface pipeline reports six decimals and DeepFace’s confidence', async (t) => {
  // Recorded in ../shared/golden/find.json for img5 and target.
  t.strictSame(verdictBy('deepface', 'SFace', 'cosine', CURVE)(0.4213434, 0), { distance: 0.421343, confidence: 68.29 })
})
