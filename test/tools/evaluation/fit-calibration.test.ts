import t from 'tap'
import { UsageError } from '../../../src/commands/usage-error.ts'
import { distance, METRICS } from '../../../src/match/distance.ts'
import { fitCalibration } from '../../../tools/evaluation/fit-calibration.ts'
import type { PairList } from '../../../tools/evaluation/pair-list.ts'

/** People with two photos each: a direction for each person, and noise that sometimes brings a photo close to a stranger. */
function world (count = 60): { list: PairList, embeddings: Map<string, Float32Array> } {
  let state = 7
  const next = (): number => (state = state * 48271 % 2147483647) / 2147483647 * 2 - 1
  const embeddings = new Map<string, Float32Array>()
  const people = new Map<string, string>()
  const pairs = []
  for (let i = 0; i < count; i++) {
    const own = Float32Array.from({ length: 6 }, next)
    for (const photo of [`${i}a`, `${i}b`]) {
      people.set(photo, String(i))
      embeddings.set(photo, own.map((x) => 10 * (x + 0.4 * next())))
    }
    pairs.push({ a: `${i}a`, b: `${i}b`, same: true, fold: 0 })
  }
  return { list: { format: 'lfw', folds: 1, pairs, people }, embeddings }
}

t.test('at the thresholds one pair of strangers in a thousand is accepted, and no more', async (t) => {
  const { list, embeddings } = world()
  const found = fitCalibration(list, embeddings)
  const photos = [...list.people]
  const strangers = photos.flatMap(([a, p], i) => photos.slice(0, i).flatMap(([b, q]) => p === q ? [] : [[embeddings.get(a)!, embeddings.get(b)!] as const]))
  t.equal(found.different, 120 * 119 / 2 - 60)
  t.equal(strangers.length, found.different)
  t.equal(found.same, 60)
  for (const metric of METRICS) {
    const accepted = strangers.filter(([a, b]) => distance(metric, a, b) <= found.thresholds[metric]).length
    t.equal(accepted, Math.floor(found.different / 1000), metric)
  }
  t.ok(found.probability.slope > 0 && found.probability.intercept < 0, 'the more alike, the likelier')
})

t.test('photos without a face are left out', async (t) => {
  const { list, embeddings } = world()
  embeddings.delete('0a')
  t.match(fitCalibration(list, embeddings), { same: 59, different: 119 * 118 / 2 - 59 })
})

t.test('a list that cannot serve is refused', async (t) => {
  const { list, embeddings } = world()
  t.throws(() => fitCalibration({ ...list, people: new Map() }, embeddings), { constructor: UsageError, message: /does not say who/ })
  t.throws(() => fitCalibration(list, new Map([...embeddings].slice(0, 20))), {
    constructor: UsageError, message: /has 180 pairs of two people; a false accept rate of 0.001 needs at least 1000/
  })
})

t.test('the fall of the distance with the rate of false matches', async (t) => {
  t.notOk('falseMatches' in fitCalibration(world().list, world().embeddings), 'is not guessed from few pairs')
  const { list, embeddings } = world(400)
  const { falseMatches, thresholds, different } = fitCalibration(list, embeddings)
  t.equal(falseMatches!.measuredTo, 1e-4, `of ${different} pairs, ten are below 3e-5 or fewer`)
  const faces = [...list.people]
  const distances = faces.flatMap(([a, p], i) => faces.slice(0, i).flatMap(([b, q]) => p === q ? [] : [distance('cosine', embeddings.get(a)!, embeddings.get(b)!)]))
  const share = distances.filter((d) => d <= thresholds.cosine - falseMatches!.perDecade).length / distances.length
  t.ok(share > 5e-5 && share < 2e-4, `a decade below the threshold lie ${share}`)
})
