import t from 'tap'
import { deepfaceConfidence, deepfaceDistance } from '../../../src/match/deepface-confidence.ts'
import { COEFFICIENTS } from '../../../src/match/deepface-coefficients.ts'
import { DEEPFACE_THRESHOLDS } from '../../../src/match/deepface-thresholds.ts'
import type { Metric } from '../../../src/match/distance.ts'
import { roundHalfEven, roundTo } from '../../../src/math/rounding.ts'
import { RECOGNISERS } from '../../../src/names.ts'
import { golden, missing } from '../../golden.ts'

t.test('confidences that DeepFace’s authors published', async (t) => {
  const published: Array<[model: string, metric: Metric, distance: number, confidence: number]> = [
    ['Facenet', 'cosine', 0.220304, 79.07], ['Facenet', 'euclidean', 7.776061, 64.77],
    ['Facenet', 'euclidean_l2', 0.663783, 65.87], ['Facenet', 'angular', 0.215374, 71.43],
    ['Facenet', 'cosine', 0.912684, 3], ['Facenet', 'euclidean', 15.97138, 3.25], ['VGG-Face', 'cosine', 0.41337682737136516, 79.58]
  ]
  for (const [model, metric, distance, confidence] of published) t.equal(deepfaceConfidence(model, metric, distance), confidence, `${model} ${metric} ${distance}`)
})

t.test('confidences that DeepFace answered', { skip: missing }, async (t) => {
  interface Verdict { distance: number, threshold: number, verified: boolean, confidence: number }
  interface FindRecord { model: string, metric: Metric, faces: Array<{ rows?: Array<{ distance: number, confidence?: number }> }> }
  const { pairs } = golden<{ pairs: Array<{ model: string, metrics: Record<Metric, Verdict> }> }>('verify.json')
  const { records } = golden<{ records: FindRecord[] }>('find.json')
  const answers = [
    ...pairs.flatMap(({ model, metrics }) =>
      Object.entries(metrics).map(([metric, { distance, confidence }]) => ({ model, metric: metric as Metric, distance, confidence }))),
    ...records.flatMap(({ model, metric, faces }) => faces.flatMap(({ rows = [] }) => rows).map((row) => ({ model, metric, ...row })))
  ].filter(({ confidence }) => confidence !== undefined)
  t.ok(answers.length > 1500, `${answers.length} answers`)
  t.strictSame(answers.filter(({ model, metric, distance, confidence }) => deepfaceConfidence(model, metric, distance) !== confidence), [])
  for (const { model, metrics } of pairs) {
    for (const [metric, { threshold }] of Object.entries(metrics)) if (DEEPFACE_THRESHOLDS[model]?.[metric as Metric] !== threshold) t.fail(`${model} ${metric}`)
  }
})

t.test('every recogniser of the contract has thresholds, and all but Buffalo_L curves', async (t) => {
  t.strictSame(Object.keys(DEEPFACE_THRESHOLDS).sort(), [...RECOGNISERS].sort())
  t.strictSame(Object.keys(COEFFICIENTS).sort(), RECOGNISERS.filter((name) => name !== 'Buffalo_L').sort())
  t.strictSame([0.5, 0.56].map((distance) => deepfaceConfidence('Buffalo_L', 'cosine', distance)), [51, 49])
  t.throws(() => deepfaceConfidence('nobody', 'cosine', 0.5), RangeError)
})

t.test('the edges of confidence', async (t) => {
  t.equal(deepfaceConfidence('SFace', 'cosine', 0), 100)
  t.equal(deepfaceConfidence('SFace', 'cosine', -0), 100)
  t.equal(deepfaceConfidence('SFace', 'cosine', 0.593), 51, 'at the threshold')
  t.equal(deepfaceConfidence('SFace', 'cosine', 2), 0)
  t.ok(deepfaceConfidence('SFace', 'cosine', 0.593001) <= 49)
})

t.test('distances have six decimals', async (t) => {
  t.equal(deepfaceDistance('euclidean', [0, 0], [1, 1]), 1.414214)
  t.equal(deepfaceDistance('cosine', [1, 2], [2, 4]), 0)
})

t.test('rounding is Python’s', async (t) => {
  t.strictSame([0.5, 1.5, 2.5, -0.5, -1.5, 2.4999, 2.5001].map(roundHalfEven), [0, 2, 2, -0, -2, 2, 3])
  t.strictSame([0.125, 0.375, 2.675, 0.885, 51, -0.125].map((value) => roundTo(value, 2)), [0.12, 0.38, 2.67, 0.89, 51, -0.12])
})
