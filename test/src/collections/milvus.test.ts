import { randomUUID } from 'node:crypto'
import t, { type Test } from 'tap'
import { createClock } from '../../../src/collections/milvus/clock.ts'
import { expression } from '../../../src/collections/milvus/filter-expression.ts'
import { parseMilvusUrl } from '../../../src/collections/milvus/milvus-address.ts'
import { type MilvusCollectionsOptions, openMilvusCollections } from '../../../src/collections/milvus/milvus-collections.ts'
import { searchHere } from '../../../src/collections/search/searcher.ts'
import { face, collectionsContract, vector } from './contract.ts'
import { localServer } from './milvus-server.ts'
import { survivesOutage } from './outage.ts'

const log = { warn: () => {}, error: () => {} }
const url = process.env['TEST_MILVUS_URL']
const options = url === undefined ? { skip: 'TEST_MILVUS_URL names no Milvus server; CONTRIBUTING.md says how to have one' } : {}
const server = url === undefined ? undefined : await localServer(Number(parseMilvusUrl(url)!.address.split(':')[1]))
const SETTINGS = { model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true, length: 8, storePhotos: false } as const

async function openStoreUnderTest (t: Test, more: Pick<MilvusCollectionsOptions, 'clock'> = {}) {
  const collections = await openMilvusCollections({ address: parseMilvusUrl(url!)!, searcher: searchHere, log, ...more })
  t.teardown(() => collections.close())
  return collections
}

t.test('the contract of collections, on Milvus', options, async (t) => {
  const address = parseMilvusUrl(url!)!
  await collectionsContract(t, () => ({
    open: () => openMilvusCollections({ address, searcher: searchHere, log }),
    future: String((Date.now() + 3600_000) * 4096),
    isExact: address.index === 'FLAT',
    jobs: 14,
    writers: 10,
    rounds: 5
  }))
})

t.test('a search sees the writes of another instance that are two seconds old', options, async (t) => {
  const collections = await openStoreUnderTest(t)
  // By the clock of this instance the write is two seconds old.
  const other = await openStoreUnderTest(t, { clock: () => Date.now() + 2000 })
  const { id } = (await collections.createCollection({ ...SETTINGS, id: `c-${randomUUID()}` })).collection
  await collections.write(id, [{ kind: 'put-subject', when: 'new', id: 'ann' }])
  for (let i = 0; i < 8; i++) {
    await collections.write(id, [face('ann', vector(i), `f${i}`)])
    t.match((await other.search(id, { vector: vector(i), k: 1 })).hits, [{ face: `f${i}` }])
  }
  await collections.dropCollection(id)
})

const killing = { ...options, timeout: 300_000, ...(url !== undefined && !server && { skip: 'the server of TEST_MILVUS_URL is not on this machine' }) }
t.test('a server killed in the middle of writes loses no acknowledged write, keeps none half done, and is used again', killing, async (t) => {
  t.teardown(() => server!.close())
  await survivesOutage(t, {
    instances: [await openStoreUnderTest(t), await openStoreUnderTest(t)],
    settings: SETTINGS,
    server: server!,
    writes: 20,
    insists: true,
    refusal: { code: 'service_unavailable', retryAfter: 2 }
  })
})

t.test('without a server an instance starts, rejects every call, and reports that it is not ready', async (t) => {
  const collections = await openMilvusCollections({ address: { address: '127.0.0.1:1', tls: false, index: 'FLAT' }, searcher: searchHere, log })
  await t.rejects(collections.collection('c'), { code: 'service_unavailable' })
  t.equal((await collections.missing()).length, 1)
  await collections.close()
})

t.test('the URL names the server, the user, the database and the index', async (t) => {
  t.strictSame(parseMilvusUrl('milvus://a%40b:c@host:1/people?index=HNSW&tls=true'),
    { address: 'host:1', username: 'a@b', password: 'c', database: 'people', tls: true, index: 'HNSW' })
  t.strictSame(parseMilvusUrl('milvus://host'), { address: 'host:19530', tls: false, index: 'FLAT' })
  for (const text of ['milvus://', 'http://host', 'milvus://host?index=BEST', 'nonsense']) t.equal(parseMilvusUrl(text), undefined, text)
})

t.test('a filter expression quotes its texts, so that none of them ends it', async (t) => {
  t.equal(expression({ subjects: ['a'], metadata: { 'x"] or true': 'y" or true', age: { gte: 1, lte: 2 }, team: { in: ['a', 2] } } }),
    ' and subject in ["a"] and metadata["x\\"] or true"] == "y\\" or true" and metadata["age"] >= 1 and metadata["age"] <= 2 and (metadata["team"] == "a" or metadata["team"] == 2)')
})

t.test('numbers of the clock increase even when the time does not', async (t) => {
  const { key, version } = createClock(() => 1_800_000_000_000)
  const numbers = [key(), key(), key()]
  t.strictSame(numbers, [numbers[0], numbers[0]! + 1, numbers[0]! + 2])
  const first = version()
  t.ok(version() > first)
  t.ok(Number.isSafeInteger(createClock(() => Date.UTC(2038, 0)).version()))
})
