import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import t from 'tap'
import type { Change, RecordStore } from '../../../src/collections/contract.ts'
import { openIndexedCollections } from '../../../src/collections/indexed-collections.ts'
import { searchHere } from '../../../src/collections/search/searcher.ts'
import { openDatabase } from '../../../src/collections/sqlite/database.ts'
import { asFaceError } from '../../../src/collections/sqlite/failure.ts'
import { operations } from '../../../src/collections/sqlite/operations.ts'
import { openSqliteStore } from '../../../src/collections/sqlite/sqlite-store.ts'
import type { FaceError } from '../../../src/errors.ts'
import { collectionsContract, face, storeContract, subject, vector } from './contract.ts'

const log = { warn: () => {}, error: () => {} }

t.test('the contract of collections, on SQLite', async (t) => collectionsContract(t, (t) => {
  const path = join(t.testdir({}), 'data', 'faces.db')
  return { open: async () => openIndexedCollections({ store: await openSqliteStore({ path, log, threads: false }), searcher: searchHere, log, patience: 100 }) }
}))

t.test('the contract of stores, on SQLite', async (t) => storeContract(t, (t) => openSqliteStore({ path: join(t.testdir({}), 'faces.db'), log, threads: false })))

const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8 } as const

t.test('a store whose connections run in threads', async (t) => {
  const path = join(t.testdir({}), 'faces.db')
  const store = await openSqliteStore({ path, log })
  const hints: string[] = []
  store.watch((id) => hints.push(id))
  const { collection } = await store.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  const photo = Buffer.from('photo')
  await store.write('c', [subject('ann'), { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(1), details: {}, photo } }])
  const feed = await store.changes(collection, 0, 10)
  t.strictSame([feed.upTo, feed.head, feed.reset], [2, 2, false])
  t.strictSame([[...feed.faces.keys], [...feed.faces.embeddings]], [[1], [...vector(1)]])
  t.match(await store.vectors(collection, [1, 2]), { keys: [1], faces: ['f'], subjects: ['ann'], seqs: [2] })
  t.equal(Buffer.from((await store.photo('c', 'ann', 'f'))!).toString(), 'photo')
  await t.rejects(store.write('c', [face('nobody', vector(0))]), { code: 'not_found', message: /nobody/ })
  t.ok(hints.includes('c'))
  await store.close()
  await t.rejects(store.check(), { code: 'service_unavailable' })
  t.strictSame(await readdir(dirname(path)), ['faces.db'], 'a closed store is one file')
})

t.test('deleted data is overwritten in the file', async (t) => {
  const folder = t.testdir({})
  const path = join(folder, 'faces.db')
  const store = await openSqliteStore({ path, log, threads: false })
  await store.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  const odd = Float32Array.from({ length: 8 }, (_, i) => 0.123 + i)
  const photo = Buffer.from('the photo of Ann')
  await store.write('c', [
    { kind: 'put-subject', when: 'new', id: 'ann-id', name: 'Ann Name', metadata: { secret: 'of Ann' } },
    { kind: 'put-face', face: { id: 'ann-face', subject: 'ann-id', embedding: odd, details: {}, photo } }
  ])
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

t.test('tombstones and idempotency keys are removed after a day; a reader that missed a tombstone starts over', async (t) => {
  const database = await openDatabase({ path: join(t.testdir({}), 'faces.db') })
  const { purge, ...records } = operations(database)
  const { collection } = records.createCollection({ ...SETTINGS, id: 'c', storePhotos: false })
  const once = { key: 'k', fingerprint: 'f', answer: '{}' }
  records.write('c', [subject('ann'), face('ann', vector(0), 'f1'), face('ann', vector(1), 'f2')], once)
  records.write('c', [{ kind: 'delete-face', subject: 'ann', id: 'f1' }])
  t.strictSame([...records.changes(collection, 3, 10).faces.subjects], [0], 'a reader sees the deletion')
  purge(Date.now())
  t.ok(records.recall(once))
  purge(Date.now() + 25 * 3600_000)
  t.equal(records.recall(once), undefined)
  t.equal(records.changes(collection, 4, 10).reset, false, 'a reader that has seen it misses nothing')
  const { reset, faces } = records.changes(collection, 3, 10)
  t.strictSame([reset, [...faces.keys]], [true, [2]])
  records.close()
})

t.test('a file that cannot be used is service_unavailable', async (t) => {
  const folder = t.testdir({ 'photo.jpg': 'no database, and longer than a header of one'.repeat(50) })
  const open = (path: string) => openSqliteStore({ path: join(folder, path), log, threads: false })
  await t.rejects(open('photo.jpg'), { code: 'service_unavailable', message: /is not an SQLite database/ })
  await t.rejects(open('photo.jpg/faces.db'), { code: 'service_unavailable', message: /COLLECTIONS_URL cannot be opened/ })
  const later = await openDatabase({ path: join(folder, 'later.db') })
  later.run('PRAGMA user_version = 99')
  later.close()
  await t.rejects(open('later.db'), { code: 'service_unavailable', message: /later version.*schema 99/ })
})

t.test('on a full disk writes are refused, acknowledged ones stay, and writes work again when there is room', async (t) => {
  const folder = t.testdir({})
  const database = await openDatabase({ path: join(folder, 'faces.db') })
  const limit = (pages: number): void => { database.get(`PRAGMA max_page_count = ${pages}`) }
  const store = await openSqliteStore({ path: join(folder, 'faces.db'), log, threads: false })
  const records = operations(database)
  records.createCollection({ ...SETTINGS, id: 'c', storePhotos: true })
  const photo = Buffer.alloc(50_000)
  const put = (name: string): Change[] => [subject(name), { kind: 'put-face', face: { id: name, subject: name, embedding: vector(0), details: {}, photo } }]
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
  t.strictSame(await store.counts('c'), { subjects: kept, faces: kept }, 'no subject without its face')
  limit(1000)
  t.equal(refusal('more'), undefined)
  t.strictSame(await store.counts('c'), { subjects: kept + 1, faces: kept + 1 })
  records.close()
  await store.close()
})

t.test('a write through a read-only connection is refused', async (t) => {
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

t.test('a copy is a consistent snapshot while others write', async (t) => {
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

t.test('a write that changes nothing does not make the index read on', async (t) => {
  const store = await openSqliteStore({ path: join(t.testdir({}), 'faces.db'), log, threads: false })
  let asked = 0
  const counting: RecordStore = { ...store, changes: (...args) => { asked++; return store.changes(...args) } }
  const collections = openIndexedCollections({ store: counting, searcher: searchHere, log })
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
