import t from 'tap'
import type { Collections, SearchHit } from '../../../src/collections/contract.ts'
import { nearest } from '../../../src/collections/deepface-database.ts'

const vector = Float32Array.of(3, 4)
const signal = new AbortController().signal

/** Faces at these cosines, at the distances that are given or as near as such a cosine allows. */
function collectionsOf (faces: ReadonlyArray<{ score: number, distance?: number }>): Collections {
  const hits = faces.map(({ score, distance = 5 * Math.sqrt(1 - Math.max(0, score) ** 2) }, i): SearchHit => ({ face: String(i), subject: 's', score, distance }))
  return { search: async (_: string, { k, minScore }: { k: number, minScore: number }) => ({ hits: hits.filter(({ score }) => score >= minScore).slice(0, k), asOf: '1', exact: true }) } as unknown as Collections
}
const many = (score: number) => Array.from({ length: 10_001 }, () => ({ score }))

t.test('the order is that of distances, whatever the angles', async (t) => {
  const collections = collectionsOf([{ score: 0.9, distance: 4 }, { score: 0.5, distance: 4.5 }, { score: -0.2, distance: 5.1 }, { score: 0.8, distance: 3.5 }])
  const faces = async (k: number | undefined, threshold: number) => (await nearest(collections, 'c', { vector, k, threshold, signal })).map(({ face }) => face)
  t.strictSame(await faces(undefined, Infinity), ['3', '0', '1', '2'])
  t.strictSame(await faces(2, Infinity), ['3', '0'])
  t.strictSame(await faces(undefined, 4), ['3', '0'], 'faces at the threshold belong to it')
})

t.test('of very many faces it answers only where no face that was not compared can be nearer', async (t) => {
  const refused = { code: 'validation_error', fields: [{ field: 'distance_metric' }] }
  t.equal((await nearest(collectionsOf(many(0.5)), 'c', { vector, k: undefined, threshold: 4, signal })).length, 0, 'those beyond the threshold by their angle need not be compared')
  await t.rejects(nearest(collectionsOf(many(0.9)), 'c', { vector, k: undefined, threshold: 4, signal }), refused)
  await t.rejects(nearest(collectionsOf(many(0.5)), 'c', { vector, k: undefined, threshold: Infinity, signal }), refused)
  t.equal((await nearest(collectionsOf([{ score: 0.9 }, ...many(0.5)]), 'c', { vector, k: 1, threshold: Infinity, signal })).length, 1)
  await t.rejects(nearest(collectionsOf([{ score: 0.6, distance: 4.9 }, ...many(0.5).map((face) => ({ ...face, distance: 9 }))]), 'c', { vector, k: 1, threshold: Infinity, signal }), refused)
})
