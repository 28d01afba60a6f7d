import t from 'tap'
import { parseGalleryUrl } from '../../../src/settings/gallery-url.ts'

t.test('what GALLERY_URL may say', async (t) => {
  t.strictSame(parseGalleryUrl('sqlite:data/visage.db'), { kind: 'sqlite', path: 'data/visage.db' })
  t.strictSame(parseGalleryUrl('sqlite:/data/visage.db'), { kind: 'sqlite', path: '/data/visage.db' })
  t.strictSame(parseGalleryUrl('postgres://me:secret@db/faces'), { kind: 'postgres', url: 'postgres://me:secret@db/faces' })
  t.match(parseGalleryUrl('milvus://host/faces'), { kind: 'milvus', address: { address: 'host:19530', database: 'faces' } })
  t.strictSame(parseGalleryUrl('none'), { kind: 'none' })
  for (const wrong of ['data/visage.db', 'sqlite:', 'sqlite://host/x', 'mysql://me:secret@db/faces', 'postgres://me:secret@db:port/faces', 'milvus://host?index=BEST']) {
    t.throws(() => parseGalleryUrl(wrong), { name: 'ConfigError', message: /^GALLERY_URL is .*it must be sqlite:/ }, wrong)
  }
  try {
    parseGalleryUrl('mysql://me:secret@db/faces')
  } catch (error) {
    t.notMatch(String(error), 'secret')
  }
})
