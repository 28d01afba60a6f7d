import t from 'tap'
import { levelOf, recognisabilityOf, utilityOf, withEmbedding } from '../../../../../src/pipelines/native/quality/recognisability.ts'

const GOOD = { yaw: 0, presence: 1, sharpness: 50, interEyeDistance: 60 }
const level = (facts: Partial<typeof GOOD>) => levelOf(recognisabilityOf({ ...GOOD, ...facts }))

t.test('the worst fact decides', async (t) => {
  t.equal(level({}), 'high')
  for (const [facts, expected] of [
    [{ yaw: -30 }, 'high'], [{ yaw: 31 }, 'medium'], [{ yaw: -50 }, 'medium'], [{ yaw: 51 }, 'low'],
    [{ presence: 0.91 }, 'high'], [{ presence: 0.8 }, 'medium'], [{ presence: 0.4 }, 'low'],
    [{ sharpness: 4.1 }, 'high'], [{ sharpness: 3 }, 'medium'], [{ sharpness: 1.9 }, 'low'], [{ sharpness: 0 }, 'low'],
    [{ interEyeDistance: 12 }, 'high'], [{ interEyeDistance: 9 }, 'medium'], [{ interEyeDistance: 5 }, 'low']
  ] as const) t.equal(level(facts), expected, JSON.stringify(facts))
})

t.test('the length of an embedding counts instead of sharpness and size', async (t) => {
  const quality = (facts: Partial<typeof GOOD>) => ({ components: {} as never, recognisability: recognisabilityOf({ ...GOOD, ...facts }) })
  const limits = { bad: 9, good: 10.5 }
  const embedded = (facts: Partial<typeof GOOD>, length: number) =>
    levelOf(withEmbedding(quality(facts), Float32Array.of(length * 0.6, length * 0.8), limits).recognisability)
  t.equal(embedded({}, 12), 'high')
  t.equal(embedded({}, 10), 'medium')
  t.equal(embedded({}, 8.5), 'low')
  t.equal(embedded({ sharpness: 0, interEyeDistance: 1 }, 12), 'high')
  t.equal(embedded({ yaw: 60 }, 12), 'low')
  t.equal(utilityOf(withEmbedding(quality({}), Float32Array.of(9.75), limits).recognisability), 0.5)
  t.strictSame(withEmbedding(quality({ yaw: 3 }), Float32Array.of(1), undefined), quality({ yaw: 3 }), 'a recogniser whose length tells nothing')
})
