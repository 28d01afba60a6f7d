import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import type { RecordStore } from '../../../src/collections/contract.ts'
import { openIndexedCollections } from '../../../src/collections/indexed-collections.ts'
import { connect } from '../../../src/collections/postgres/connection.ts'
import { beat, purge } from '../../../src/collections/postgres/housekeeping.ts'
import { migratePostgres } from '../../../src/collections/postgres/migrate.ts'
import { openPostgresStore } from '../../../src/collections/postgres/postgres-store.ts'
import { searchHere } from '../../../src/collections/search/searcher.ts'
import { face, collectionsContract, subject, vector } from './contract.ts'
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
  await collectionsContract(t, () => ({ open: async () => openIndexedCollections({ store: await openPostgresStore({ url, log }), searcher: searchHere, log, patience: 100 }) }))
})

t.test('the schema is made by steps, once, whoever asks; without it nothing is opened', options, async (t) => {
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

t.test('the feed comes in pages that leave nothing out', options, async (t) => {
  const store = await openStore(t)
  const collection = await newCollection(store)
  await store.write(collection.id, Array.from({ length: 7 }, (_, i) => [subject(`s${i}`), face(`s${i}`, vector(i), `f${i}`)]).flat())
  const seen: number[] = []
  let names = 0
  for (let after = 0, head = 1; after < head;) {
    const feed = await store.changes(collection, after, 3)
    seen.push(...feed.faces.keys)
    names += feed.subjects.length
    after = feed.upTo
    head = feed.head
  }
  t.equal(new Set(seen).size, 7)
  t.strictSame(seen, seen.toSorted((a, b) => a - b))
  t.equal(names, 7)
  t.equal((await store.changes(collection, 99, 3)).reset, true, 'who is ahead of the server starts anew')
})

t.test('of somebody deleted nothing is left but a number, which goes when every instance has heard', options, async (t) => {
  const [store, postgres] = [await openStore(t), connect(url, log)]
  t.teardown(() => postgres.close())
  const collection = await newCollection(store)
  await store.write(collection.id, [subject('ann', { secret: 1 }), { kind: 'put-face', face: { id: 'f', subject: 'ann', embedding: vector(0), details: {}, photo: Buffer.from('photo') } }])
  await store.write(collection.id, [{ kind: 'delete-subject', id: 'ann' }])
  const rows = (table: string) => sql(url, `SELECT * FROM visage.${table} WHERE collection = ${collection.key}`)
  t.match(await rows('face'), [{ id: null, subject: null, details: null, embedding: null }])
  t.match(await rows('subject'), [{ id: null, name: null, metadata: null }])
  t.strictSame([...(await store.changes(collection, 2, 10)).faces.subjects], [0], 'a reader is told of the deletion')

  await sql(url, `UPDATE visage.face SET created_at = now() - interval '2 hours' WHERE collection = ${collection.key}; UPDATE visage.subject SET updated_at = now() - interval '2 hours' WHERE collection = ${collection.key}`)
  const instance = randomUUID()
  await beat(postgres, instance, new Map([[collection.key, { id: collection.id, has: 2, told: 2 }]]))
  await purge(postgres)
  t.equal((await rows('face')).length, 1, 'an instance has not heard yet')
  await beat(postgres, instance, new Map([[collection.key, { id: collection.id, has: 4, told: 4 }]]))
  await purge(postgres)
  t.strictSame([await rows('face'), await rows('subject')], [[], []])
  t.equal((await store.changes(collection, 4, 10)).reset, false, 'who was there misses nothing')
  t.equal((await store.changes(collection, 2, 10)).reset, true, 'who was not starts anew')
})

t.test('what is left of a collection whose dropping was cut short goes later', options, async (t) => {
  const [store, postgres] = [await openStore(t), connect(url, log)]
  t.teardown(() => postgres.close())
  const { id, key } = await newCollection(store)
  await store.write(id, [subject('ann'), face('ann', vector(0))])
  await sql(url, `UPDATE visage.collection SET id = NULL WHERE key = ${key}`)
  t.equal(await store.collection(id), undefined)
  await purge(postgres)
  t.strictSame(await sql(url, `SELECT key FROM visage.collection WHERE key = ${key}`), [])
})

t.test('an instance is told of the writes and deletions of another', options, async (t) => {
  const [one, other] = [await openStore(t), await openStore(t)]
  const collection = await newCollection(one)
  for (const act of [() => one.write(collection.id, [subject('ann')]), () => one.dropCollection(collection.id)]) {
    await other.changes(collection, 0, 10)
    const told = new Promise<void>((resolve) => { other.watch((id) => { if (id === collection.id) resolve() }) })
    await act()
    await told
  }
  t.pass()
})

t.test('a text with a character that the server cannot keep is refused with a sentence', options, async (t) => {
  const store = await openStore(t)
  const { id } = await newCollection(store)
  await t.rejects(store.write(id, [{ kind: 'put-subject', when: 'new', id: 'ann', name: 'a\0b' }]), { code: 'validation_error', message: /U\+0000/ })
  await store.write(id, [subject('ann', { text: 'a\0b' })])
  t.strictSame((await store.subject(id, 'ann'))!.metadata, { text: 'a\0b' })
})

t.test('without a server an instance starts, refuses, and says that it is not ready', async (t) => {
  const collections = await openStoreUnderTest(t, 'postgres://nobody@127.0.0.1:1/none')
  await t.rejects(collections.collection('c'), { code: 'service_unavailable', retryAfter: 2 })
  t.equal((await collections.missing()).length, 1)
})

t.test('an instance on a standby finds what the primary has, and refuses to write', { ...options, ...(standby === undefined && { skip: 'TEST_POSTGRES_STANDBY_URL names no standby' }) }, async (t) => {
  const primary = await openStore(t)
  const { id } = await newCollection(primary)
  const { version } = await primary.write(id, [subject('ann'), face('ann', vector(2), 'f')])
  const there = await openStoreUnderTest(t, standby)
  let found
  // It does not know yet that there is such a collection.
  while (!await there.collection(id));
  found = await there.search(id, { vector: vector(2), k: 1, atLeast: version })
  t.match(found.hits, [{ face: 'f' }])
  await t.rejects(there.write(id, [subject('bob')]), { code: 'service_unavailable', message: /standby/ })

  const later = await primary.write(id, [face('ann', vector(3), 'g')])
  found = await there.search(id, { vector: vector(3), k: 1, atLeast: later.version })
  t.match(found.hits, [{ face: 'g' }])
})

t.test('a server killed in the middle of writes loses none that was acknowledged, keeps none by half, and is used again', { ...options, ...(url !== '' && !server && { skip: 'the server of TEST_POSTGRES_URL is not on this machine' }) }, async (t) => {
  await survivesOutage(t, {
    instances: [await openStoreUnderTest(t), await openStoreUnderTest(t)], settings: SETTINGS, server: server!, writes: 30, insists: false, refusal: { code: 'service_unavailable' }
  })
})
