import t from 'tap'
import { parseCollectionsUrl } from '../../../src/collections/collections-url.ts'

t.test('COLLECTIONS_URL is parsed, and any other text refused without its password', async (t) => {
  t.strictSame(parseCollectionsUrl('sqlite:data/visage.db'), { kind: 'sqlite', path: 'data/visage.db' })
  t.strictSame(parseCollectionsUrl('sqlite:/data/visage.db'), { kind: 'sqlite', path: '/data/visage.db' })
  t.strictSame(parseCollectionsUrl('postgres://me:secret@db/faces'), { kind: 'postgres', url: 'postgres://me:secret@db/faces' })
  t.match(parseCollectionsUrl('milvus://host/faces'), { kind: 'milvus', address: { address: 'host:19530', database: 'faces' } })
  t.strictSame(parseCollectionsUrl('none'), { kind: 'none' })
  for (const wrong of ['data/visage.db', 'sqlite:', 'sqlite://host/x', 'mysql://me:secret@db/faces', 'postgres://me:secret@db:port/faces', 'milvus://host?index=BEST']) {
    t.throws(() => parseCollectionsUrl(wrong), { name: 'ConfigError', message: /^COLLECTIONS_URL is .*it must be sqlite:/ }, wrong)
  }
  t.throws(() => parseCollectionsUrl('sqlite::memory:'), { name: 'ConfigError', message: /collections need a file/ })
  try {
    parseCollectionsUrl('mysql://me:secret@db/faces')
  } catch (error) {
    t.notMatch(String(error), 'secret')
  }
})
