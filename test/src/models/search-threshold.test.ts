import t from 'tap'
import { METRICS } from '../../../src/match/distance.ts'
import { calibrationFor } from '../../../src/models/calibration-of.ts'
import { searchReason, searchThreshold, thresholdAtOf } from '../../../src/models/search-threshold.ts'

const SFACE = { model: 'SFace', detector: 'yunet-mesh', pipeline: 'native' } as const
const { thresholds, falseMatches } = calibrationFor(SFACE)

t.test('among few faces a search has the threshold of a pair, to the last digit', async (t) => {
  for (const metric of METRICS) {
    for (const compared of [0, 1, 10]) t.equal(searchThreshold(SFACE, metric, 0.01, compared), thresholds[metric], `${metric} among ${compared}`)
    t.equal(searchThreshold(SFACE, metric, 'off', 1e6), thresholds[metric])
  }
})

t.test('the threshold falls with the number of faces by what was measured, in every metric', async (t) => {
  // Ten times as many faces as have the threshold of a pair at one false alarm in a hundred: a tenth of the false match rate.
  t.ok(Math.abs(searchThreshold(SFACE, 'cosine', 0.01, 100) - (thresholds.cosine - falseMatches!.perDecade)) < 1e-9)
  t.ok(Math.abs(searchThreshold(SFACE, 'cosine', 0.01, 1200) - 0.51) < 0.01, 'groups.md: 1 - .489 among 1,200')
  t.equal(searchThreshold(SFACE, 'cosine', 0.1, 1000), searchThreshold(SFACE, 'cosine', 0.01, 100))
  for (const metric of METRICS) {
    const falling = [10, 100, 1000, 10_000].map((compared) => searchThreshold(SFACE, metric, 0.01, compared))
    t.strictSame(falling, falling.toSorted((p, q) => q - p), metric)
    t.ok(falling.at(-1)! > 0)
  }
  t.ok(searchThreshold({ ...SFACE, model: 'Facenet512' }, 'cosine', 0.01, 1e12) > 0.019, 'copies of a photo are found among any number of faces')
})

t.test('where no slope was measured it follows from the curve of probability', async (t) => {
  const other = { ...SFACE, detector: 'retinaface' } as const
  const { thresholds: { cosine }, probability } = calibrationFor(other)
  const at = thresholdAtOf({ ...other, model: 'ArcFace' })
  t.ok(at(1e-4) > at(1e-3) && at(1e-3) > 0)
  t.ok(Math.abs(thresholdAtOf(other)(1e-3) - (1 - cosine)) < 1e-12 && probability.slope > 0)
})

t.test('the reason of a threshold', async (t) => {
  t.equal(searchReason(undefined, 0.01, 'native'), 'search')
  t.equal(searchReason(0.5, 0.01, 'native'), 'request')
  t.equal(searchReason(undefined, 'off', 'native'), 'standard')
  t.equal(searchReason(undefined, 0.01, 'deepface'), 'standard')
})
