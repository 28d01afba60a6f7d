import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { RecordStore } from '../../../src/collections/contract.ts'
import { openIndexedCollections } from '../../../src/collections/indexed-collections.ts'
import { connect } from '../../../src/collections/postgres/connection.ts'
import { beat, purge } from '../../../src/collections/postgres/housekeeping.ts'
import { migratePostgres } from '../../../src/collections/postgres/migrate.ts'
import { openPostgresStore } from '../../../src/collections/postgres/postgres-store.ts'
import { searchHere } from '../../../src/collections/search/searcher.ts'
import { collectionsContract, face, storeContract, subject, vector } from './contract.ts'
import { survivesOutage } from './outage.ts'
import { localServer, sql } from './postgres-server.ts'

const log = { warn: () => {}, error: () => {} }
const url = process.env['TEST_POSTGRES_URL'] ?? ''
const options = url === '' ? { skip: 'TEST_POSTGRES_URL names no PostgreSQL server; CONTRIBUTING.md says how to have one' } : {}
const standby = process.env['TEST_POSTGRES_STANDBY_URL']
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8, storePhotos: true } as const

async function openStore (t: Test, at = url): Promise<RecordStore> {
  const store = await openPostgresStore({ url: at, log })
  t.teardown(() => store.close())
  return store
}

async function openStoreUnderTest (t: Test, at = url) {
  return openIndexedCollections({ store: await openStore(t, at), searcher: searchHere, log, patience: 2000 })
}

async function newCollection (store: RecordStore) {
  return (await store.createCollection({ ...SETTINGS, id: `c-${randomUUID()}` })).collection
}

const server = url === '' ? undefined : await localServer(url)

t.before(async () => { if (url !== '') await migratePostgres(url) })

t.test('the contract of collections, on PostgreSQL', options, async (t) => {
  await collectionsContract(t, () => ({
    open: async () => openIndexedCollections({ store: await openPostgresStore({ url, log }), searcher: searchHere, log, patience: 100 })
  }))
})

t.test('the contract of stores, on PostgreSQL', options, async (t) => storeContract(t, () => openPostgresStore({ url, log })))

t.test('the schema is created by steps, once even when two processes migrate; without it the store does not open', options, async (t) => {
  const name = `visage_${randomUUID().replaceAll('-', '')}`
  await sql(url, `CREATE DATABASE ${name}`)
  const fresh = Object.assign(new URL(url), { pathname: `/${name}` }).href
  await t.rejects(openPostgresStore({ url: fresh, log }), { code: 'service_unavailable', message: /npm run collections -- migrate/ })
  const taken = await Promise.all([migratePostgres(fresh), migratePostgres(fresh)])
  t.strictSame(taken.map(({ from, to }) => to - from).sort(), [0, 1])
  await (await openPostgresStore({ url: fresh, log })).close()
  await sql(fresh, 'INSERT INTO visage.migration (version) VALUES (99)')
  await t.rejects(openPostgresStore({ url: fresh, log }), { code: 'service_unavailable', message: /later version.*schema 99/ })
  await t.rejects(migratePostgres(fresh), { code: 'service_unavailable', message: /later version/ })
  await sql(url, `DROP DATABASE ${name}`)
})

t.test('a reader that is ahead of the server starts over', options, async (t) => {
  const store = await openStore(t)
  const collection = await newCollection(store)
  await store.write(collection.id, [subject('ann')])
  t.equal((await store.changes(collection, 99, 3)).reset, true)
})

t.test('a deleted person leaves only a tombstone, which is removed when every instance has seen it', options, async (t) => {
  const [store, postgres] = [await openStore(t), connect(url, log)]
  t.teardown(() => postgres.close())
  const collection = await newCollection(store)
  const photo = Buffer.from('photo')
  await store.write(collection.id, [subject('ann', { secret: 1 }), { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(0), details: {}, photo } }])
  await store.write(collection.id, [{ kind: 'delete-subject', id: 'ann' }])
  const rows = (table: string) => sql(url, `SELECT * FROM visage.${table} WHERE collection = ${collection.key}`)
  t.match(await rows('face'), [{ id: null, subject: null, details: null, embedding: null }])
  t.match(await rows('subject'), [{ id: null, name: null, metadata: null }])
  t.strictSame([...(await store.changes(collection, 2, 10)).faces.subjects], [0], 'a reader sees the deletion')

  const age = (table: string, at: string) => sql(url, `UPDATE visage.${table} SET ${at} = now() - interval '2 hours' WHERE collection = ${collection.key}`)
  await age('face', 'created_at')
  await age('subject', 'updated_at')
  const instance = randomUUID()
  await beat(postgres, instance, new Map([[collection.key, { id: collection.id, has: 2, sent: 2 }]]))
  await purge(postgres)
  t.equal((await rows('face')).length, 1, 'an instance has not seen it yet')
  await beat(postgres, instance, new Map([[collection.key, { id: collection.id, has: 4, sent: 4 }]]))
  await purge(postgres)
  t.strictSame([await rows('face'), await rows('subject')], [[], []])
  t.equal((await store.changes(collection, 4, 10)).reset, false, 'a reader that has seen it misses nothing')
  t.equal((await store.changes(collection, 2, 10)).reset, true, 'a reader that has not starts over')
})

t.test('the remains of a collection whose dropping was cut short are removed later', options, async (t) => {
  const [store, postgres] = [await openStore(t), connect(url, log)]
  t.teardown(() => postgres.close())
  const { id, key } = await newCollection(store)
  await store.write(id, [subject('ann'), face('ann', vector(0))])
  await sql(url, `UPDATE visage.collection SET id = NULL WHERE key = ${key}`)
  t.equal(await store.collection(id), undefined)
  await purge(postgres)
  t.strictSame(await sql(url, `SELECT key FROM visage.collection WHERE key = ${key}`), [])
})

t.test('an instance is notified of the writes and deletions of another', options, async (t) => {
  const [one, other] = [await openStore(t), await openStore(t)]
  const collection = await newCollection(one)
  for (const act of [() => one.write(collection.id, [subject('ann')]), () => one.dropCollection(collection.id)]) {
    await other.changes(collection, 0, 10)
    const notified = new Promise<void>((resolve) => { other.watch((id) => { if (id === collection.id) resolve() }) })
    await act()
    await notified
  }
  t.pass()
})

t.test('a text with a character that the server cannot store is a validation_error', options, async (t) => {
  const store = await openStore(t)
  const { id } = await newCollection(store)
  await t.rejects(store.write(id, [{ kind: 'put-subject', when: 'new', id: 'ann', name: 'a\0b' }]), { code: 'validation_error', message: /U\+0000/ })
  await store.write(id, [subject('ann', { text: 'a\0b' })])
  t.strictSame((await store.subject(id, 'ann'))!.metadata, { text: 'a\0b' })
})

t.test('without a server an instance starts, rejects every call, and reports that it is not ready', async (t) => {
  const collections = await openStoreUnderTest(t, 'postgres://nobody@127.0.0.1:1/none')
  await t.rejects(collections.collection('c'), { code: 'service_unavailable', retryAfter: 2 })
  t.equal((await collections.missing()).length, 1)
})

const withStandby = { ...options, ...(standby === undefined && { skip: 'TEST_POSTGRES_STANDBY_URL names no standby' }) }
t.test('an instance on a standby finds the faces of the primary, and refuses to write', withStandby, async (t) => {
  const primary = await openStore(t)
  const { id } = await newCollection(primary)
  const { version } = await primary.write(id, [subject('ann'), face('ann', vector(2), 'f')])
  const there = await openStoreUnderTest(t, standby)
  let found
  // The standby does not have the collection yet.
  while (!await there.collection(id));
  found = await there.search(id, { vector: vector(2), k: 1, atLeast: version })
  t.match(found.hits, [{ face: 'f' }])
  await t.rejects(there.write(id, [subject('bob')]), { code: 'service_unavailable', message: /standby/ })

  const later = await primary.write(id, [face('ann', vector(3), 'g')])
  found = await there.search(id, { vector: vector(3), k: 1, atLeast: later.version })
  t.match(found.hits, [{ face: 'g' }])
})

const killing = { ...options, ...(url !== '' && !server && { skip: 'the server of TEST_POSTGRES_URL is not on this machine' }) }
t.test('a server killed in the middle of writes loses no acknowledged write, keeps none half done, and is used again', killing, async (t) => {
  await survivesOutage(t, {
    instances: [await openStoreUnderTest(t), await openStoreUnderTest(t)],
    settings: SETTINGS,
    server: server!,
    writes: 30,
    insists: false,
    refusal: { code: 'service_unavailable' }
  })
})
