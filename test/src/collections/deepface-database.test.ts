import t from 'tap'
import type { Collections, SearchHit, SearchResult } from '../../../src/collections/contract.ts'
import { nearest } from '../../../src/collections/deepface-database.ts'

const vector = Float32Array.of(3, 4)
const signal = new AbortController().signal

/** Collections whose faces have these cosines, best first, and these distances: as small as the cosine allows when left out. */
function collectionsOf (faces: ReadonlyArray<{ score: number, distance?: number }>): Collections {
  const least = (score: number): number => 5 * Math.sqrt(1 - Math.max(0, score) ** 2)
  const hits = faces.map(({ score, distance = least(score) }, i): SearchHit => ({ face: String(i), subject: 's', score, distance, details: {} }))
  async function search (_: string, { k, minScore }: { k: number, minScore: number }): Promise<SearchResult> {
    return { hits: hits.filter(({ score }) => score >= minScore).slice(0, k), compared: hits.length, asOf: '1', exact: true }
  }
  return { search } as unknown as Collections
}
const many = (score: number) => Array.from({ length: 10_001 }, () => ({ score }))

t.test('the order is that of distances, whatever the angles', async (t) => {
  const collections = collectionsOf([{ score: 0.9, distance: 4 }, { score: 0.5, distance: 4.5 }, { score: -0.2, distance: 5.1 }, { score: 0.8, distance: 3.5 }])
  const faces = async (k: number | undefined, threshold: number) => (await nearest(collections, 'c', { vector, k, threshold, signal }))?.map(({ face }) => face)
  t.strictSame(await faces(undefined, Infinity), ['3', '0', '1', '2'])
  t.strictSame(await faces(2, Infinity), ['3', '0'])
  t.strictSame(await faces(undefined, 4), ['3', '0'], 'faces at the threshold belong to it')
})

t.test('with very many faces there is an answer only where none of those that were not compared can be nearer', async (t) => {
  const count = async (faces: Parameters<typeof collectionsOf>[0], k: number | undefined, threshold: number) =>
    (await nearest(collectionsOf(faces), 'c', { vector, k, threshold, signal }))?.length
  t.equal(await count(many(0.5), undefined, 4), 0, 'faces beyond the threshold by their angle need not be compared')
  t.equal(await count(many(0.9), undefined, 4), undefined)
  t.equal(await count(many(0.5), undefined, Infinity), undefined)
  t.equal(await count([{ score: 0.9 }, ...many(0.5)], 1, Infinity), 1)
  t.equal(await count([{ score: 0.6, distance: 4.9 }, ...many(0.5).map((face) => ({ ...face, distance: 9 }))], 1, Infinity), undefined)
})
