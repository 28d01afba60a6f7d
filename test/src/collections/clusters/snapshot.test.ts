import t from 'tap'
import { createRows, mostClustered, snapshotOf } from '../../../../src/collections/clusters/snapshot.ts'
import type { Collection, Feed } from '../../../../src/collections/contract.ts'

t.test('rows are added, replaced and removed', (t) => {
  const rows = createRows(2, 1)
  for (const key of [5, 7, 9, 11]) rows.put(key, [0, 0, key, -key], 2, key)
  rows.put(7, [1, 2], 0, NaN)
  rows.remove(5)
  rows.remove(6)
  const { keys, embeddings, ages, asOf } = rows.taken('3')
  t.strictSame([[...keys], [...embeddings], [...ages], asOf], [[11, 7, 9], [11, -11, 1, 2, 9, -9], [11, NaN, 9], '3'])
  rows.remove(9)
  t.equal(rows.count(), 2)
  rows.clear()
  t.strictSame([...rows.taken('4').keys], [])
  t.end()
})

t.test('there are at most so many faces as memory allows', (t) => {
  t.strictSame([mostClustered(128), mostClustered(512), mostClustered(4096)], [200_000, 131_072, 16_384])
  const most = mostClustered(2 ** 25)
  t.equal(most, 2)
  t.throws(() => createRows(2 ** 25, 3), { code: 'validation_error', message: /more than 2 faces of 33554432 values/ })
  const rows = createRows(2 ** 25, 0)
  const empty = { length: 0 }
  rows.put(1, empty, 0, NaN)
  rows.put(2, empty, 0, NaN)
  t.throws(() => rows.put(3, empty, 0, NaN), { code: 'validation_error' })
  t.end()
})

t.test('a feed is read to its end, and from its beginning again when it says so', async (t) => {
  const page = (upTo: number, head: number, faces: ReadonlyArray<readonly [key: number, subject: number, value: number]>, reset = false): Feed => ({
    upTo,
    head,
    reset,
    subjects: [],
    faces: {
      keys: Float64Array.from(faces, ([key]) => key),
      subjects: Float64Array.from(faces, ([, subject]) => subject),
      embeddings: Float32Array.from(faces, ([,, value]) => value),
      ages: Float32Array.from(faces, ([key]) => 10 * key)
    }
  })
  const pages = [page(2, 4, [[1, 1, 1], [2, 1, 2]]), page(4, 6, [[3, 1, 3], [1, 0, 0]]), page(6, 6, [[4, 1, 4]], true)]
  const asked: number[] = []
  const shares: number[] = []
  const counts = async () => ({ subjects: 1, faces: 2 })
  async function changes (_: Collection, after: number): Promise<Feed> {
    asked.push(after)
    return pages.shift()!
  }
  const options = { signal: new AbortController().signal, onProgress: (share: number) => { shares.push(share) } }
  const taken = await snapshotOf({ counts, changes }, { id: 'c', length: 1 } as Collection, options)
  t.strictSame([[...taken.keys], [...taken.embeddings], [...taken.ages], taken.asOf], [[4], [4], [40], '6'])
  t.strictSame([asked, shares], [[0, 2, 4], [1, 1, 0.5]])
})
