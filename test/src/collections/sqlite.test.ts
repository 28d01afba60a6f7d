import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Change } from '../../../src/collections/contract.ts'
import { openIndexedCollections } from '../../../src/collections/indexed-collections.ts'
import { searchHere } from '../../../src/collections/search/searcher.ts'
import { openDatabase } from '../../../src/collections/sqlite/database.ts'
import { asFaceError } from '../../../src/collections/sqlite/failure.ts'
import { operations } from '../../../src/collections/sqlite/operations.ts'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'
import type { FaceError } from '../../../src/errors.ts'
import { face, collectionsContract, subject, vector } from './contract.ts'

const log = { warn: () => {}, error: () => {} }

t.test('the contract of collections, on SQLite', async (t) => collectionsContract(t, (t) => {
  const path = join(t.testdir({}), 'data', 'faces.db')
  return { open: async () => openIndexedCollections({ store: await openSqliteStore({ path, log, threads: false }), searcher: searchHere, log, patience: 100 }) }
}))

const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8 } as const

t.test('a store with threads of its own', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const store = await openSqliteStore({ path, log })
  const hints: string[] = []
  store.watch((id) => hints.push(id))
  const { collection } = await store.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  await store.write('c', [subject('ann'), { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(1), details: {}, photo: Buffer.from('photo') } }])
  const feed = await store.changes(collection, 0, 10)
  t.strictSame([feed.upTo, feed.head, feed.reset], [2, 2, false])
  t.strictSame([[...feed.faces.keys], [...feed.faces.embeddings]], [[1], [...vector(1)]])
  t.match(await store.vectors(collection, [1, 2]), { keys: [1], faces: ['f'], subjects: ['ann'], seqs: [2] })
  t.equal(Buffer.from((await store.photo('c', 'ann', 'f'))!).toString(), 'photo')
  await t.rejects(store.write('c', [face('nobody', vector(0))]), { code: 'not_found', message: /nobody/ })
  t.ok(hints.includes('c'))
  await store.close()
  await t.rejects(store.check(), { code: 'service_unavailable' })
  t.strictSame(await readdir(dirname(path)), ['faces.db'], 'closed, it is one file')
})

t.test('what is deleted is not in the file any more', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'faces.db')
  const store = await openSqliteStore({ path, log, threads: false })
  await store.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  const odd = Float32Array.from({ length: 8 }, (_, i) => 0.123 + i)
  await store.write('c', [{ kind: 'put-subject', when: 'new', id: 'ann-id', name: 'Ann Name', metadata: { secret: 'of Ann' } }, { kind: 'put-face', face: { id: 'ann-face', subject: 'ann-id', embedding: odd, details: {}, photo: Buffer.from('the photo of Ann') } }])
  const traces = [...['ann-id', 'Ann Name', 'of Ann', 'ann-face', 'the photo of Ann'].map((text) => Buffer.from(text)), Buffer.from(odd.buffer)]
  const held = async (): Promise<number> => {
    const files = await Promise.all((await readdir(folder)).map((name) => readFile(join(folder, name))))
    return traces.filter((trace) => files.some((file) => file.includes(trace))).length
  }
  t.equal(await held(), traces.length)
  await store.write('c', [{ kind: 'delete-subject', id: 'ann-id' }])
  t.equal(await held(), 0)
  await store.close()
})

t.test('tombstones and keys of writes are forgotten after a day; a reader that slept through it starts anew', async (t) => {
  const database = await openDatabase({ path: join(t.testdir({}), 'faces.db') })
  const { purge, ...records } = operations(database)
  const { collection } = records.createCollection({ ...SETTINGS, id: 'c', storePhotos: false })
  const once = { key: 'k', fingerprint: 'f', answer: '{}' }
  records.write('c', [subject('ann'), face('ann', vector(0), 'f1'), face('ann', vector(1), 'f2')], once)
  records.write('c', [{ kind: 'delete-face', subject: 'ann', id: 'f1' }])
  t.strictSame([...records.changes(collection, 3, 10).faces.subjects], [0], 'a reader is told of the deletion')
  purge(Date.now())
  t.ok(records.recall(once))
  purge(Date.now() + 25 * 3600_000)
  t.equal(records.recall(once), undefined)
  t.equal(records.changes(collection, 4, 10).reset, false, 'who was there misses nothing')
  const { reset, faces } = records.changes(collection, 3, 10)
  t.strictSame([reset, [...faces.keys]], [true, [2]])
  records.close()
})

t.test('the feed comes in pages that leave nothing out', async (t) => {
  const records = operations(await openDatabase({ path: join(t.testdir({}), 'faces.db') }))
  const { collection } = records.createCollection({ ...SETTINGS, id: 'c', storePhotos: false })
  records.write('c', Array.from({ length: 7 }, (_, i) => [subject(`s${i}`), face(`s${i}`, vector(i), `f${i}`)]).flat())
  const seen: number[] = []
  let names = 0
  for (let after = 0, head = 1; after < head;) {
    const feed = records.changes(collection, after, 3)
    seen.push(...feed.faces.keys)
    names += feed.subjects.length
    after = feed.upTo
    head = feed.head
  }
  t.strictSame(seen, [1, 2, 3, 4, 5, 6, 7])
  t.equal(names, 7)
  records.close()
})

t.test('files that cannot be used are refused with a sentence', async (t) => {
  const folder = t.testdir({ 'photo.jpg': 'no database, and longer than a header of one'.repeat(50) })
  const open = (path: string) => openSqliteStore({ path: join(folder, path), log, threads: false })
  await t.rejects(open('photo.jpg'), { code: 'service_unavailable' })
  await t.rejects(open('photo.jpg/faces.db'), { code: 'service_unavailable', message: /COLLECTIONS_URL cannot be opened/ })
  const later = await openDatabase({ path: join(folder, 'later.db') })
  later.run('PRAGMA user_version = 99')
  later.close()
  await t.rejects(open('later.db'), { code: 'service_unavailable', message: /later version.*schema 99/ })
})

t.test('on a full disk writes are refused, what was acknowledged stays, and there is room again later', async (t) => {
  const folder = t.testdir({})
  const database = await openDatabase({ path: join(folder, 'faces.db') })
  const limit = (pages: number): void => { database.get(`PRAGMA max_page_count = ${pages}`) }
  const store = await openSqliteStore({ path: join(folder, 'faces.db'), log, threads: false })
  const records = operations(database)
  records.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  const put = (name: string): Change[] => [subject(name), { kind: 'put-face', face: { id: name, subject: name, embedding: vector(0), details: {}, photo: Buffer.alloc(50_000) } }]
  limit(40)
  const refusal = (name: string): FaceError | undefined => {
    try {
      records.write('c', put(name))
      return undefined
    } catch (error) {
      return asFaceError(error)
    }
  }
  let kept = 0
  while (!refusal(`s${kept}`)) kept++
  t.ok(kept > 0)
  t.match(refusal('more'), { code: 'service_unavailable', message: /disk.*full/, retryAfter: 30 })
  t.strictSame(await store.counts('c'), { subjects: kept, faces: kept }, 'nobody without a face')
  limit(1000)
  t.equal(refusal('more'), undefined)
  t.strictSame(await store.counts('c'), { subjects: kept + 1, faces: kept + 1 })
  records.close()
  await store.close()
})

t.test('a connection that may not write says so', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  ;(await openDatabase({ path })).close()
  const records = operations(await openDatabase({ path, readOnly: true }))
  t.teardown(() => records.close())
  try {
    records.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
    t.fail()
  } catch (error) {
    t.match(asFaceError(error), { code: 'service_unavailable', message: /read-only/ })
  }
})

t.test('a copy is whole, while others write', async (t) => {
  const folder = t.testdir({})
  const database = await openDatabase({ path: join(folder, 'faces.db') })
  const records = operations(database)
  records.createCollection({ ...SETTINGS, id: 'c', storePhotos: false })
  records.write('c', [subject('ann'), face('ann', vector(0), 'f1')])
  const reader = await openDatabase({ path: join(folder, 'faces.db'), readOnly: true })
  reader.copyTo(join(folder, 'copy.db'))
  records.write('c', [face('ann', vector(0), 'f2')])
  const copy = operations(await openDatabase({ path: join(folder, 'copy.db') }))
  t.strictSame(copy.counts('c'), { subjects: 1, faces: 1 })
  t.strictSame(records.counts('c'), { subjects: 1, faces: 2 })
  t.throws(() => reader.run('DELETE FROM face'), 'a reading connection cannot write')
  for (const each of [copy, records, reader]) each.close()
})

t.test('a write that changes nothing does not keep the index at it', async (t) => {
  const store = await openSqliteStore({ path: join(t.testdir({}), 'faces.db'), log, threads: false })
  let asked = 0
  const collections = openIndexedCollections({ store: { ...store, changes: (...args) => { asked++; return store.changes(...args) } }, searcher: searchHere, log })
  t.teardown(() => collections.close())
  await collections.createCollection({ ...SETTINGS, id: 'c', storePhotos: false })
  await collections.write('c', [subject('ann'), face('ann', vector(0))])
  await collections.search('c', { vector: vector(0), k: 1 })
  const before = asked
  await collections.write('c', [{ kind: 'put-subject', when: 'any', id: 'ann' }])
  await collections.search('c', { vector: vector(0), k: 1 })
  await new Promise(setImmediate)
  t.equal(asked, before + 1)
})
