import { randomFillSync } from 'node:crypto'
import t from 'tap'
import type { Change, Collection, Collections, EnrolledFace } from '../../src/collections/contract.ts'
import { exportText } from '../../src/collections/export-import.ts'
import { absentCollections } from '../../src/collections/open-collections.ts'
import { build } from '../build.ts'

const MB = 2 ** 20
const FACES = 12
const PHOTO = randomFillSync(Buffer.alloc(4 * MB + 1))

const collection: Collection = {
  id: 'people',
  key: 1,
  model: 'SFace',
  pipeline: 'native',
  detector: 'retinaface',
  normalization: 'base',
  align: true,
  length: 2,
  storePhotos: true,
  createdAt: '2026-01-01T00:00:00.000Z',
  version: '1'
}
const subject = { id: 'ann', name: null, metadata: {}, faces: FACES, createdAt: collection.createdAt, updatedAt: collection.createdAt }
const faces = Array.from({ length: FACES }, (_, i): EnrolledFace => ({
  id: `f${i}`, subject: 'ann', embedding: Float32Array.of(1, i), details: {}, hasPhoto: i !== 1, createdAt: collection.createdAt
}))

/** A store of one collection whose faces have large photos. `writes` has the bytes of the photos of each write. */
function largePhotos (): { collections: () => Promise<Collections>, writes: number[] } {
  const writes: number[] = []
  const size = (change: Change): number => change.kind === 'put-face' ? change.face.photo?.length ?? 0 : 0
  const collections = async (): Promise<Collections> => ({
    ...absentCollections(),
    collection: async () => collection,
    subjects: async () => ({ items: [subject], next: undefined }),
    faces: async () => ({ items: faces, next: undefined }),
    photo: async () => PHOTO,
    async write (_id, changes) {
      writes.push(changes.reduce((sum, change) => sum + size(change), 0))
      return { version: '2' }
    }
  })
  return { collections, writes }
}

t.test('an export makes the text of photos in pieces', async (t) => {
  const { collections } = largePhotos()
  const sizes: number[] = []
  for await (const piece of exportText(await collections(), collection)) sizes.push(piece.length)
  t.ok(Math.max(...sizes) <= 64 * 1024, `${Math.max(...sizes)} characters`)

  const app = await build(t, { collections })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const lines = (await (await fetch(`${origin}/api/v1/collections/people/export`)).text()).trimEnd().split('\n').map((line) => JSON.parse(line))
  t.equal(lines.length, FACES + 2)
  for (const [i, { face }] of lines.slice(2).entries()) {
    t.match(face, { id: `f${i}`, subject: 'ann', details: {} })
    t.ok(i === 1 ? face.photo === undefined : Buffer.from(face.photo, 'base64').equals(PHOTO), `the photo of ${face.id}`)
  }
})

t.test('an import writes large photos a few at a time', async (t) => {
  const { collections, writes } = largePhotos()
  const app = await build(t, { collections })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const photo = PHOTO.toString('base64')
  const text = faces.map(({ id, subject }) => `${JSON.stringify({ face: { id, subject, embedding: [1, 2], photo } })}\n`).join('')
  const response = await fetch(`${origin}/api/v1/collections/people/import`, { method: 'POST', headers: { 'content-type': 'application/x-ndjson' }, body: text })
  t.match(await response.json(), { success: true, faces: FACES })
  t.equal(writes.reduce((sum, bytes) => sum + bytes), FACES * PHOTO.length)
  t.ok(Math.max(...writes) < 8 * MB + PHOTO.length, `writes of ${writes.join(', ')} bytes`)
})
