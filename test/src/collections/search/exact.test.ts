import { join } from 'node:path'
import t from 'tap'
import { openIndexedCollections } from '../../../../src/collections/indexed-collections.ts'
import { searchHere } from '../../../../src/collections/search/searcher.ts'
import { openSqliteStore } from '../../../../src/collections/sqlite/sqlite-store.ts'
import { random } from '../../../random.ts'
import { face, subject } from '../contract.ts'
import { cosine, gaussian, SETS } from './vectors.ts'

const log = { warn: () => {}, error: () => {} }
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, storePhotos: false } as const
const COUNT = 1300

interface Row {
  readonly id: string
  readonly owner: string
  readonly vector: Float32Array
}

/** Faces best first by float64 arithmetic over all of them; equal ones in the order of enrolment. */
const bruteForce = (rows: readonly Row[], query: Float32Array): Array<{ id: string, score: number }> =>
  rows.map(({ id, vector }) => ({ id, score: cosine(query, vector) })).sort((a, b) => b.score - a.score)

t.test('the answer is the one of float64 arithmetic over all faces', async (t) => {
  const store = await openSqliteStore({ path: join(t.testdir({}), 'faces.db'), log, threads: false })
  const collections = openIndexedCollections({ store, searcher: searchHere, log })
  t.teardown(() => collections.close())

  for (const [name, make] of Object.entries(SETS)) {
    const length = name.length % 2 === 0 ? 20 : 128
    await t.test(`${name}, ${length} values`, async (t) => {
      const next = random(length)
      const id = `c${t.name.replace(/\W/g, '')}`
      await collections.createCollection({ ...SETTINGS, id, length })
      let rows = make(length, COUNT, next).map((vector, i): Row => ({ id: `f${i}`, owner: `s${i % 10}`, vector }))
      for (let i = 0; i < rows.length; i += 900) {
        const subjects = Array.from({ length: 10 }, (_, s) => subject(`s${s}`, { even: s % 2 === 0 }))
        await collections.write(id, [...subjects, ...rows.slice(i, i + 900).map(({ id, owner, vector }) => face(owner, vector, id))])
      }
      // Queries of all kinds: a stored vector, the opposite of one, one beside one, a stranger, and a tiny stranger.
      const queries = [
        rows[7]!.vector,
        rows[1100]!.vector.map((value) => -value),
        rows[99]!.vector.map((value, i) => value * (1 + 0.01 * Math.sin(i))),
        gaussian(length, next),
        gaussian(length, next).map((value) => 1e-20 * value)
      ]

      async function isExact (k: number, filter?: { metadata: { even: boolean } }): Promise<void> {
        const allowed = filter ? rows.filter(({ owner }) => Number(owner.slice(1)) % 2 === 0) : rows
        for (const query of queries) {
          const expected = bruteForce(allowed, query)
          const { hits, exact } = await collections.search(id, { vector: query, k, filter })
          t.ok(exact)
          t.equal(hits.length, Math.min(k, expected.length))
          // Vectors that point the same way may differ in the last bit of their cosine, which depends on the order of the sums.
          hits.forEach(({ score }, i) => {
            if (Math.abs(score - expected[i]!.score) > 1e-12) t.fail(`rank ${i + 1}: ${score}, not ${expected[i]!.score}`)
          })
          const least = expected[Math.min(k, expected.length) - 1]!.score
          const found = new Set(hits.map((hit) => hit.face))
          t.strictSame(expected.filter(({ id, score }) => score > least + 1e-12 && !found.has(id)), [], 'recall 1.000')
        }
      }

      await isExact(10)
      await isExact(1)
      await isExact(10, { metadata: { even: true } })
      // Every third row is deleted, and others move to their places.
      const gone = rows.filter((_, i) => i % 3 === 0)
      for (let i = 0; i < gone.length; i += 900) {
        await collections.write(id, gone.slice(i, i + 900).map((row) => ({ kind: 'delete-face', subject: row.owner, id: row.id })))
      }
      rows = rows.filter((_, i) => i % 3 !== 0)
      await isExact(10)
      await isExact(rows.length + 5)
    })
  }

  t.test('equal faces come in the order of enrolment, whatever rows they have in the index', async (t) => {
    await collections.createCollection({ ...SETTINGS, id: 'ties', length: 128 })
    const same = gaussian(128, random(1))
    await collections.write('ties', [subject('s'), ...Array.from({ length: 300 }, (_, i) => face('s', same, `f${i}`))])
    const deletions = Array.from({ length: 20 }, (_, i) => ({ kind: 'delete-face', subject: 's', id: `f${2 * i}` } as const))
    await collections.write('ties', [...deletions, face('s', same, 'last')])
    const { hits } = await collections.search('ties', { vector: same, k: 25 })
    t.strictSame(hits.map((hit) => hit.face), [...Array.from({ length: 20 }, (_, i) => `f${2 * i + 1}`), 'f40', 'f41', 'f42', 'f43', 'f44'])
  })
})
