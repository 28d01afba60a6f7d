import t from 'tap'
import { METRICS } from '../../../src/match/distance.ts'
import { type KnownFace, strangersCount, strangersDistances } from '../../../tools/evaluation/strangers.ts'

const face = (person: string, ...values: number[]): KnownFace => ({ person, embedding: Float32Array.from(values) })
const faces = [face('a', 1, 0), face('a', 0, 2), face('b', 3, 0), face('c', -1, 0)]

t.test('every pair of two people, none of one, ascending', async (t) => {
  t.equal(strangersCount(faces), 5)
  t.strictSame([...strangersDistances(faces, 'cosine')], [0, 1, 1, 2, 2])
  t.strictSame([...strangersDistances(faces, 'euclidean')], [2, 2, Math.sqrt(5), Math.sqrt(13), 4])
  for (const metric of METRICS) t.equal(strangersDistances(faces, metric).length, 5)
})

t.test('nobody and one person have no strangers', async (t) => {
  t.strictSame([...strangersDistances([], 'cosine')], [])
  t.strictSame([...strangersDistances(faces.slice(0, 2), 'cosine')], [])
})

t.test('embeddings of two models are refused', async (t) => {
  t.throws(() => strangersDistances([face('a', 1), face('b', 1, 2)], 'cosine'), RangeError)
})
