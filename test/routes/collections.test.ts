import t, { type Test } from 'tap'
import { openIndexedCollections } from '../../src/collections/indexed-collections.ts'
import { searchHere } from '../../src/collections/search/searcher.ts'
import { openSqliteStore } from '../../src/collections/sqlite/sqlite-store.ts'
import type { GroupShifts } from '../../src/match/group-shift.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { type BuildOptions, build, spelling } from '../build.ts'

const calibration = calibrationOf(recogniserNamed('SFace'), 'mesh')
/** An embedding in direction `at`, or near it: the engine of these tests represents person `a` as vector(0). */
const vector = (at: number, beside = 0): number[] => Array.from({ length: 128 }, (_, i) => i === at ? 2 : i === 127 ? beside : 0)

/** Sends requests to the whole app, on an engine that finds the people whose letters an image spells. */
async function client (t: Test, options: BuildOptions = {}) {
  const app = await build(t, options)
  async function ask (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, payload?: object | string | Buffer, headers: Record<string, string> = {}): Promise<any> {
    const response = await app.inject({ method, url: `/api/v1/collections${path}`, headers, ...(payload !== undefined && { payload }) })
    const isJson = String(response.headers['content-type']).startsWith('application/json')
    return { status: response.statusCode, headers: response.headers, text: response.body, ...(isJson && response.json()) }
  }
  const get = (path: string) => ask('GET', path)
  const post = (path: string, payload: object, headers = {}) => ask('POST', path, payload, headers)
  return { app, ask, get, post }
}

t.test('collections', async (t) => {
  const { ask, get, post } = await client(t)
  const made = await post('', { id: 'staff', store_photos: true })
  const settings = { model_name: 'SFace', pipeline: 'native', detector_backend: 'yunet-mesh', normalization: 'base', align: true }
  t.match(made, { status: 200, success: true, collection: { ...settings, id: 'staff', embedding_length: 128, store_photos: true, version: '0' } })
  t.match(await post('', { id: 'staff' }), { status: 409, error_code: 'conflict' })
  t.match(await post('', { id: '../x', pipeline: 'other', extra: 1 }), {
    status: 422, details: { fields: [{ field: 'extra' }, { field: 'id', msg: /1 to 64/ }, { field: 'pipeline' }] }
  })
  await post('', { id: 'guests' })
  const first = await get('?limit=1')
  t.match(first, { collections: [{ id: 'staff' }], next: /./ })
  t.match(await get(`?limit=1&cursor=${first.next}`), { collections: [{ id: 'guests' }], next: null })
  t.match(await get('?limit=&cursor='), { status: 200, collections: { length: 2 } }, 'an empty field is one that is left out')
  t.match(await get('?limit=ten'), { status: 422, details: { fields: [{ field: 'limit', msg: 'must be a whole number' }] } })
  t.match(await get('?limit=0'), { status: 422, details: { fields: [{ field: 'limit', msg: 'must be 1 or more' }] } })
  t.match(await get('?cursor=x'), { status: 422, details: { fields: [{ field: 'cursor' }] } })
  t.match(await get('?page=2'), { status: 422, details: { fields: [{ field: 'page' }] } })
  t.match(await get('/guests'), { status: 200, subjects: 0, faces: 0, collection: { id: 'guests' } })
  t.match(await ask('DELETE', '/guests'), { status: 200, success: true })
  t.match(await get('/guests'), { status: 404, error_code: 'not_found' })
  t.match(await ask('DELETE', '/guests'), { status: 404 })
  t.match(await ask('DELETE', ''), { status: 405 })
})

t.test('subjects', async (t) => {
  const { ask, get, post } = await client(t)
  await post('', { id: 'c' })
  const metadata = { team: 'red', list: [1, { deep: null }] }
  t.match(await post('/c/subjects', { id: 'ann', name: 'Ann', metadata }), {
    status: 200, headers: { 'collection-version': '1' }, subject: { id: 'ann', name: 'Ann', metadata, faces: 0 }
  })
  t.match(await post('/c/subjects', { id: 'ann' }), { status: 409, error_code: 'conflict' })
  const { subject: nameless } = await post('/c/subjects', {})
  t.match(nameless, { id: /^[0-9a-f-]{36}$/, name: null, metadata: {} })
  t.match(await ask('PATCH', '/c/subjects/ann', { name: null }), { subject: { name: null, metadata: { team: 'red' } } })
  t.match(await ask('PATCH', '/c/subjects/nobody', { name: 'x' }), { status: 404, message: /nobody/ })
  t.match(await post('/c/subjects', { id: 'big', metadata: { text: 'x'.repeat(16_400) } }), { status: 422, details: { fields: [{ field: 'metadata', msg: /16384 bytes/ }] } })
  const deep = (levels: number): object => levels === 0 ? {} : { a: deep(levels - 1) }
  t.match(await post('/c/subjects', { id: 'deep', metadata: deep(40) }), { status: 422, details: { fields: [{ field: 'metadata', msg: /deeper than 32/ }] } })
  t.match(await get('/c/subjects'), { subjects: [{ id: 'ann' }, { id: nameless.id }], next: null })
  t.match(await get('/c/subjects/ann'), { subject: { id: 'ann' } })
  t.match(await ask('DELETE', '/c/subjects/ann'), { status: 200, headers: { 'collection-version': /^\d+$/ } })
  t.match(await get('/c/subjects/ann'), { status: 404 })
  t.match(await get('/nowhere/subjects'), { status: 404 })
})

t.test('faces', async (t) => {
  const { app, ask, get, post } = await client(t)
  await post('', { id: 'c' })
  await post('', { id: 'kept', store_photos: true })

  t.test('several photos at once: each has its outcome, and the subject is made with its first face', async (t) => {
    const answer = await post('/c/subjects/ann/faces', { imgs: ['data:,a', 'data:,-', 'nonsense', 'data:,ab'], embedding: vector(5) })
    t.match(answer, { status: 200, success: true, subject: 'ann', enrolled: 2, refused: 3 })
    t.match(answer.result.map(({ source, enrolled, reason }: any) => [source, enrolled, reason]), [
      ['imgs.0', true, undefined],
      ['imgs.1', false, 'no_face_detected'],
      ['imgs.2', false, 'image_decode_error'],
      ['imgs.3', false, 'several_faces'],
      ['embedding', true, undefined]
    ])
    t.match(answer.result[0].face, {
      subject: 'ann',
      facial_area: { x: 10, y: 20, w: 100, h: 120 },
      face_confidence: 0.99,
      photo_sha256: /^[0-9a-f]{64}$/,
      has_photo: false
    })
    t.match(answer.result[4].face, { facial_area: null, face_confidence: null, photo_sha256: null })
    t.match(answer.result[0].quality, { sharpness: 90, single_face_present: 100, recognition: 'medium' })
    t.match(answer.result[3], { message: /\(single_face_present is 0, the least is 30\)$/, quality: { single_face_present: 0 } })
    t.equal(answer.result[4].quality, undefined, 'a vector shows nothing')
    t.match(answer.result[1].message, /\.$/)
    t.match(await get('/c/subjects/ann/faces?limit=1'), { faces: [{ id: answer.result[0].face.id }], next: /./ })
    t.match(await get('/c'), { subjects: 1, faces: 2 })
  })
  t.test('a subject whose photos are all refused is not made', async (t) => {
    t.match(await post('/c/subjects/ghost/faces', { img: 'data:,-' }), { status: 200, enrolled: 0, refused: 1 })
    t.match(await get('/c/subjects/ghost'), { status: 404 })
  })
  t.test('without the check the largest face is taken', async (t) => {
    t.match(await post('/c/subjects/ann/faces', { img: 'data:,ba', quality_check: false }), { enrolled: 1, result: [{ resembles: undefined, quality: undefined }] })
  })
  t.test('max_yaw refuses turned faces, with the check and without', async (t) => {
    for (const isChecked of [true, false]) {
      const faces = async (most: number) => await post('/c/subjects/ann/faces', { img: 'data:,a', max_yaw: most, quality_check: isChecked })
      t.match(await faces(1.3), { enrolled: 1 })
      t.match(await faces(1.2), { enrolled: 0, result: [{ reason: 'face_turned', message: /\(its yaw is 1.3°, the most is 1.2°\)$/ }] })
    }
    t.match(await post('/c/subjects/ann/faces', { img: 'data:,a', max_yaw: 91 }), { status: 422, details: { fields: [{ field: 'max_yaw' }] } })
    await post('', { id: 'deep', pipeline: 'deepface' })
    t.match(await post('/deep/subjects/ann/faces', { img: 'data:,a', max_yaw: 30 }), { status: 422, details: { fields: [{ field: 'max_yaw', msg: /deepface pipeline/ }] } })
  })
  t.test('duplicates are reported, and faces that resemble another subject', async (t) => {
    t.match((await post('/c/subjects/ann/faces', { img: 'data:,a' })).result[0].duplicate_of, { subject: 'ann', similarity: 1 })
    const { result: [{ resembles, duplicate_of: duplicate }] } = await post('/c/subjects/twin/faces', { embedding: vector(5, 0.8) })
    t.match(resembles, { subject: 'ann' })
    t.ok(resembles.similarity > 0.9 && duplicate === undefined)
  })
  t.test('files of a form', async (t) => {
    const form = new FormData()
    for (const text of ['a', 'b', '-']) form.append('imgs', new Blob([text]), `${text}.jpg`)
    form.append('imgs', 'data:,a')
    form.append('quality_check', 'false')
    const { body, headers } = await encoded(form)
    const answer = await app.inject({ method: 'POST', url: '/api/v1/collections/c/subjects/form/faces', payload: body, headers })
    t.strictSame(answer.json().result.map(({ source, enrolled }: any) => [source, enrolled]), [['imgs.0', true], ['imgs.1', true], ['imgs.2', false], ['imgs.3', true]])
  })
  t.test('wrong requests', async (t) => {
    t.match(await post('/c/subjects/ann/faces', {}), { status: 422, message: /Send 1 to 32/ })
    t.match(await post('/c/subjects/ann/faces', { embedding: [1, 2] }), { status: 422, details: { fields: [{ field: 'embedding', msg: /128 values/ }] } })
    t.match(await post('/c/subjects/ann/faces', { embeddings: [vector(0), vector(200)] }), { status: 422, details: { fields: [{ field: 'embeddings.1', msg: /zeros/ }] } })
    t.match(await post('/nowhere/subjects/ann/faces', { img: 'data:,a' }), { status: 404 })
  })
  t.test('photos are kept where the collection says so, and go with their faces', async (t) => {
    const { result: [{ face: { id, has_photo: hasPhoto } }] } = await post('/kept/subjects/ann/faces', { img: 'data:,a' })
    t.equal(hasPhoto, true)
    t.match(await get(`/kept/subjects/ann/faces/${id}/photo`), { status: 200, text: 'a', headers: { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' } })
    t.match(await ask('DELETE', `/kept/subjects/bob/faces/${id}`), { status: 404 })
    t.match(await ask('DELETE', `/kept/subjects/ann/faces/${id}`), { status: 200 })
    t.match(await get(`/kept/subjects/ann/faces/${id}/photo`), { status: 404 })
    t.match(await get('/kept/subjects/ann/faces'), { faces: [] })
  })
})

t.test('search and verify', async (t) => {
  const { post } = await client(t)
  await post('', { id: 'c' })
  for (const [id, team] of [['ann', 'red'], ['bob', 'blue']]) await post('/c/subjects', { id, metadata: { team } })
  await post('/c/subjects/ann/faces', { embeddings: [vector(0), vector(0, 0.5)] })
  await post('/c/subjects/bob/faces', { img: 'data:,b' })
  await post('/c/subjects', { id: 'empty' })
  const subjects = ({ result }: any) => result.map(({ matches }: any) => matches.map(({ subject }: any) => subject))

  t.test('one list a face, at the calibrated threshold', async (t) => {
    const found = await post('/c/search', { img: 'data:,ab' })
    t.match(found, { status: 200, success: true, faces_queried: 2, exact: true, version: /^\d+$/ })
    t.equal(found.headers['collection-version'], found.version)
    t.strictSame(subjects(found), [['ann', 'ann'], ['bob']])
    t.match(found.result[0], {
      facial_area: { x: 10, w: 100 },
      matches: [{ similarity: 1, distance: 0, threshold: calibration.thresholds.cosine, confidence: 100 }, { similarity: /0\.97/ }]
    })
  })
  t.test('k, threshold, filter, similarity_search, embedding', async (t) => {
    t.strictSame(subjects(await post('/c/search', { img: 'data:,a', k: 1 })), [['ann']])
    t.strictSame(subjects(await post('/c/search', { img: 'data:,a', threshold: 0 })), [['ann']])
    t.strictSame(subjects(await post('/c/search', { img: 'data:,a', similarity_search: true, k: 3 })), [['ann', 'ann', 'bob']])
    t.strictSame(subjects(await post('/c/search', { img: 'data:,a', similarity_search: true, k: 1, filter: { metadata: { team: 'blue' } } })), [['bob']])
    t.strictSame(subjects(await post('/c/search', { img: 'data:,a', filter: { subjects: ['bob'] } })), [[]])
    t.match(await post('/c/search', { embedding: vector(0) }), { faces_queried: 1, result: [{ facial_area: null, matches: [{ subject: 'ann' }, { subject: 'ann' }] }] })
  })
  t.test('wrong requests', async (t) => {
    t.match(await post('/c/search', {}), { status: 422 })
    t.match(await post('/c/search', { img: 'data:,a', embedding: vector(0) }), { status: 422 })
    t.match(await post('/c/search', { embedding: [1] }), { status: 422, details: { fields: [{ field: 'embedding' }] } })
    t.match(await post('/c/search', { img: 'data:,a', filter: { meta: {} } }), { status: 422 })
    t.match(await post('/c/search', { img: 'data:,a', at_least: 'x' }), { status: 422, details: { fields: [{ field: 'at_least' }] } })
    t.match(await post('/c/search', { img: 'data:,a', at_least: '99' }), { status: 503, error_code: 'service_unavailable', headers: { 'retry-after': '1' } })
    t.match(await post('/nowhere/search', { img: 'data:,a' }), { status: 404 })
    t.match(await post('/c/search', { img: 'data:,-' }), { status: 422, error_code: 'no_face_detected' })
  })
  t.test('verify', async (t) => {
    t.match(await post('/c/subjects/ann/verify', { img: 'data:,ba' }), { status: 200, verified: true, subject: 'ann', similarity: 1, facial_area: { x: 11 } })
    t.match(await post('/c/subjects/bob/verify', { img: 'data:,a' }), { verified: false, similarity: 0, distance: 1 })
    t.match(await post('/c/subjects/nobody/verify', { img: 'data:,a' }), { status: 404, message: /nobody/ })
    t.match(await post('/c/subjects/empty/verify', { img: 'data:,a' }), { status: 404, message: /no faces yet/ })
  })
  t.test('cluster: photos, embeddings, and the collection itself', async (t) => {
    const grouped = await post('/c/cluster', { imgs: ['data:,ab', 'nonsense', 'data:,a', 'data:,-'], embeddings: [vector(9)] })
    t.match(grouped, { status: 200, faces: 4, skipped: [{ source: 'imgs.1', error_code: 'image_decode_error' }, { source: 'imgs.3', error_code: 'no_face_detected' }] })
    t.strictSame(grouped.groups.map((group: any[]) => group.map(({ source }) => source)), [['imgs.0', 'imgs.2'], ['embeddings.0'], ['imgs.0']])
    t.match(await post('/c/cluster', {}), { faces: 3, groups: [[{ subject: 'ann' }, { subject: 'ann' }], [{ subject: 'bob', face: /./ }]] })
  })
})

t.test('a write under an Idempotency-Key happens once', async (t) => {
  const { get, post } = await client(t)
  const key = { 'idempotency-key': 'k1' }
  const made = await post('', { id: 'c' }, key)
  t.match(await post('', { id: 'c' }, key), { status: 200, collection: made.collection, headers: { 'idempotent-replayed': 'true' } })
  t.match(await post('', { id: 'd' }, key), { status: 409, error_code: 'conflict', message: /Idempotency-Key/ })
  const enrol = (img: string) => post('/c/subjects/ann/faces', { img }, { 'idempotency-key': 'k2' })
  const first = await enrol('data:,a')
  const again = await enrol('data:,a')
  t.equal(first.headers['idempotent-replayed'], undefined)
  t.equal(again.headers['idempotent-replayed'], 'true')
  t.strictSame([again.result, again.headers['collection-version']], [first.result, first.headers['collection-version']])
  t.match(await get('/c'), { faces: 1 })
  t.match(await enrol('data:,b'), { status: 409 })
  const subject = () => post('/c/subjects', { name: 'Bob' }, { 'idempotency-key': 'k3' })
  t.strictSame((await subject()).subject, (await subject()).subject)
  const both = await Promise.all([0, 1].map(() => post('/c/subjects/cec/faces', { img: 'data:,b' }, { 'idempotency-key': 'k4' })))
  t.strictSame(both[0].result, both[1].result, 'also when both come at once')
  t.match(await get('/c/subjects/cec'), { subject: { faces: 1 } })
})

t.test('a photo is told from another under an Idempotency-Key, though its memory is handed over before the write', async (t) => {
  const represent: typeof spelling.represent = async (image, options) => {
    const faces = await spelling.represent(image, options)
    structuredClone(image.buffer, { transfer: [image.buffer as ArrayBuffer] })
    return faces
  }
  const { ask, post } = await client(t, { engine: { represent } })
  await post('', { id: 'c' })
  /** A JPEG by its first bytes, long enough to come as bytes in JSON too. */
  const photo = (person: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(person), Buffer.alloc(30_000)])
  const json = (person: string, key: string) => post('/c/subjects/ann/faces', { imgs: [photo(person).toString('base64')] }, { 'idempotency-key': key })
  const form = (person: string, key: string) => ask('POST', '/c/subjects/ann/faces', Buffer.concat([
    Buffer.from('--edge\r\nContent-Disposition: form-data; name="img"; filename="a.jpg"\r\n\r\n'), photo(person), Buffer.from('\r\n--edge--\r\n')
  ]), { 'idempotency-key': key, 'content-type': 'multipart/form-data; boundary=edge' })
  for (const [how, enrol] of [['json', json], ['form', form]] as const) {
    const first = await enrol('a', how)
    t.match(first, { status: 200, enrolled: 1 }, how)
    const again = await enrol('a', how)
    t.match(again, { status: 200, result: first.result, headers: { 'idempotent-replayed': 'true' } }, how)
    t.match(await enrol('b', how), { status: 409, error_code: 'conflict', message: /Idempotency-Key/ }, how)
  }
})

t.test('names are kept as they are, or refused', async (t) => {
  const { ask, get, post, app } = await client(t)
  await post('', { id: 'n' })
  const lines = { 'content-type': 'application/x-ndjson' }
  for (const name of ['a\0b', 'a\ud800', '\udc00', '😀'.repeat(257)]) {
    t.match(await post('/n/subjects', { id: 'ann', name }), { status: 422, details: { fields: [{ field: 'name' }] } })
    t.match(await ask('POST', '/n/import', JSON.stringify({ subject: { id: 'ann', name } }), lines), { status: 422, message: /line 1.*name/ })
  }
  t.match(await get('/n/subjects/ann'), { status: 404 })
  const kept = ['Zo\u00eb', 'Zoe\u0308', '😀'.repeat(256), '\n\u202e']
  for (const [i, name] of kept.entries()) {
    t.match(await post('/n/subjects', { id: `s${i}`, name }), { status: 200 })
    t.match(await ask('PATCH', `/n/subjects/s${i}`, { name: 'a\0b' }), { status: 422 })
    t.match(await ask('POST', '/n/import', JSON.stringify({ subject: { id: `i${i}`, name } }), lines), { status: 200 })
    for (const id of [`s${i}`, `i${i}`]) t.equal((await get(`/n/subjects/${id}`)).subject.name, name)
  }
  const latin1 = Buffer.from('{"id":"zoe","name":"Zo\xeb"}', 'latin1')
  const response = await app.inject({ method: 'POST', url: '/api/v1/collections/n/subjects', payload: latin1, headers: { 'content-type': 'application/json' } })
  t.match([response.statusCode, response.json()], [422, { error_code: 'validation_error', message: /UTF-8/ }], 'a wrong byte is not replaced')
})

t.test('export and import', async (t) => {
  const { ask, get, post } = await client(t)
  const lines = { 'content-type': 'application/x-ndjson' }
  await post('', { id: 'one', store_photos: true })
  await post('', { id: 'two', store_photos: true })
  await post('/one/subjects', { id: 'ann', name: 'Ann', metadata: { team: 'red' } })
  await post('/one/subjects/ann/faces', { imgs: ['data:,a', 'data:,b'] })
  await post('/one/subjects', { id: 'bob' })
  const { text, status, headers } = await get('/one/export')
  t.match([status, headers['content-type'], headers['content-disposition']], [200, 'application/x-ndjson', /one\.ndjson/])
  t.equal(text.trimEnd().split('\n').length, 5)
  for (let times = 0; times < 2; times++) {
    t.match(await ask('POST', '/two/import', text, lines), { status: 200, success: true, lines: 5, subjects: 2, faces: 2 })
    t.match(await get('/two'), { subjects: 2, faces: 2 })
  }
  const copy = (await get('/two/export')).text
  t.strictSame(withoutHead(copy), withoutHead(text), 'what comes back is what went out, photos too')
  t.match(await post('/two/search', { img: 'data:,b' }), { result: [{ matches: [{ subject: 'ann', similarity: 1 }] }] })
  t.match(await ask('POST', '/two/import', `\uFEFF${text}`, lines), { status: 200, lines: 5 }, 'a byte order mark is forgiven')
  t.match(await ask('POST', '/two/import', Buffer.from(`\uFEFF${text}`, 'utf16le'), lines), { status: 422, message: /line 1 must be in UTF-8/ })

  t.match(await ask('POST', '/two/import', '{"subject":{"id":"cec"}}\n{"face":{"id":"f","subject":"cec","embedding":[1]}}\n', lines), { status: 422, details: { fields: [{ field: 'line 2', msg: /128 values/ }] } })
  for (const line of ['nonsense', '[]', '{"subject":{"id":"../x"}}', '{"face":{"id":"f","subject":"ann","embedding":"AAA="}}', '{}', '{"subject":{"id":"a","metadata":[]}}',
    '{"subject":{"id":"a","metadata":{"text":"' + 'x'.repeat(16_400) + '"}}}', '{"subject":{"id":"a","name":"' + 'x'.repeat(257) + '"}}',
    '{"face":{"id":"f","subject":"ann","embedding":[' + vector(0) + '],"details":{"box":"x"}}}', '{"subject":{"id":"a","metadata":' + '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000) + '}}'
  ]) {
    t.match(await ask('POST', '/two/import', line, lines), { status: 422, details: { fields: [{ field: 'line 1' }] } }, line.slice(0, 100))
  }
  t.match(await ask('POST', '/two/import', text.replace('"model":"SFace"', '"model":"Facenet"'), lines), { status: 409, message: /model/ })
  t.match(await ask('POST', '/two/import', '{"face":{"id":"f","subject":"nobody","embedding":[' + vector(0) + ']}}', lines), { status: 404 })
  for (const type of ['application/json', 'application/jsonl', 'application/octet-stream', 'text/plain']) {
    t.match(await ask('POST', '/two/import', {}, { 'content-type': type }), { status: 415, message: 'Send the body as application/x-ndjson.' }, type)
  }
  t.match(await ask('POST', '/two/import'), { status: 415 }, 'without a body')
})

t.test('a service without collections, and one whose store fails', async (t) => {
  const { absentCollections } = await import('../../src/collections/open-collections.ts')
  const none = await client(t, { collections: async () => absentCollections() })
  t.match(await none.get(''), { status: 503, error_code: 'service_unavailable', message: /COLLECTIONS_URL/ })
  t.equal((await none.app.inject('/ready')).statusCode, 200)
  const broken = await client(t, { collections: async () => ({ ...absentCollections(), missing: async () => ['The store of the collections (COLLECTIONS_URL) cannot be used.'] }) })
  t.match((await broken.app.inject('/ready')).json(), { success: false, missing: [/COLLECTIONS_URL/] })
})

const withoutHead = (text: string): string[] => text.split('\n').slice(1)

/** A form as bytes, with its type. */
async function encoded (form: FormData) {
  const response = new Response(form)
  return { body: Buffer.from(await response.arrayBuffer()), headers: { 'content-type': response.headers.get('content-type')! } }
}

t.test('a search among many asks for more likeness, unless a threshold is sent', async (t) => {
  const { post } = await client(t)
  await post('', { id: 'c' })
  const score = 1 - calibration.thresholds.cosine + 0.01
  /** A face whose cosine to `vector(at)` is a bit above the threshold of a pair. */
  const like = (at: number, beside = 120): number[] => Array.from({ length: 128 }, (_, i) => i === at ? score : i === beside ? Math.sqrt(1 - score ** 2) : 0)
  await post('/c/subjects/ann/faces', { embedding: vector(0) })
  const few = await post('/c/search', { embedding: like(0) })
  t.match(few, { threshold: calibration.thresholds.cosine, reason: 'search', compared: 1, result: [{ matches: [{ subject: 'ann' }] }] })
  t.match(await post('/c/subjects/eve/faces', { embedding: like(0) }), { result: [{ resembles: { subject: 'ann' } }] })
  for (let i = 0; i < 99; i++) await post(`/c/subjects/p${i}/faces`, { embedding: vector(2 + i) })
  const many = await post('/c/search', { embedding: like(0), filter: { subjects: ['ann', ...Array.from({ length: 99 }, (_, i) => `p${i}`)] } })
  t.match(many, { reason: 'search', compared: 100, result: [{ matches: [] }] })
  t.equal(Number(many.threshold.toFixed(6)), Number((calibration.thresholds.cosine - calibration.falseMatches!.perDecade).toFixed(6)))
  t.match((await post('/c/search', { embedding: like(0), filter: { subjects: ['ann'] } })), { compared: 1, result: [{ matches: [{ subject: 'ann' }] }] })
  t.match(await post('/c/search', { embedding: vector(0), similarity_search: true, k: 2 }), { result: [{ matches: [{ subject: 'ann', threshold: few.threshold.constructor }, {}] }] })
  t.match(await post('/c/search', { embedding: like(0), search_false_alarms: 'off' }), { reason: 'standard', threshold: few.threshold, compared: 101 })
  t.match(await post('/c/search', { embedding: like(0), threshold: 0.9 }), { reason: 'request', threshold: 0.9 })
  t.match(await post('/c/subjects/zoe/faces', { embedding: like(50, 121) }), { result: [{ enrolled: true, resembles: undefined }] }, 'nor does an enrolled face resemble another so easily')
  for (const wrong of [0, 2, 'on', true]) {
    t.match(await post('/c/search', { embedding: like(0), search_false_alarms: wrong }), { status: 422, details: { fields: [{ field: 'search_false_alarms' }] } }, String(wrong))
  }
})

t.test('a collection has rules of its own', async (t) => {
  const { ask, get, post } = await client(t)
  await post('', { id: 'c' })
  const standard = calibration.thresholds.cosine
  const score = 1 - standard + 0.01
  const like = Array.from({ length: 128 }, (_, i) => i === 0 ? score : i === 120 ? Math.sqrt(1 - score ** 2) : 0)
  const found = (more: object = {}) => post('/c/search', { embedding: like, ...more })
  const patch = (rules: object) => ask('PATCH', '/c', rules)
  for (let i = 0; i < 20; i++) await post(`/c/subjects/p${i}/faces`, { embedding: vector(i) })
  t.match((await get('/c')).collection, { search_false_alarms: null, threshold: null })
  t.match(await found(), { reason: 'search', result: [{ matches: [] }] })
  t.match(await patch({ search_false_alarms: 'off' }), { status: 200, headers: { 'collection-version': '40' }, collection: { search_false_alarms: 'off', threshold: null } })
  t.match(await found(), { reason: 'standard', threshold: standard, result: [{ matches: [{ subject: 'p0' }] }] })
  t.match(await found({ search_false_alarms: 0.01 }), { reason: 'search', result: [{ matches: [] }] }, 'that of a request wins')
  t.match(await post('/c/subjects/eve/faces', { embedding: like }), { result: [{ resembles: { subject: 'p0' } }] }, 'enrolment goes by it too')
  t.match(await patch({ threshold: 0.3 }), { collection: { search_false_alarms: 'off', threshold: 0.3 } })
  t.match(await found({ filter: { subjects: ['p0'] } }), { reason: 'collection', threshold: 0.3, result: [{ matches: [] }] })
  t.match(await post('/c/subjects/p0/verify', { embedding: like }), { verified: false, threshold: 0.3, verdict: undefined })
  t.match(await found({ threshold: 0.9, filter: { subjects: ['p0'] } }), { reason: 'request', threshold: 0.9, result: [{ matches: [{ subject: 'p0' }] }] })
  t.match(await patch({ search_false_alarms: null, threshold: null }), { collection: { search_false_alarms: null, threshold: null } })
  t.match(await found({ filter: { subjects: ['p0'] } }), { reason: 'search', threshold: standard })
  for (const [rules, field] of [[{ threshold: -1 }, 'threshold'], [{ threshold: 'x' }, 'threshold'], [{ search_false_alarms: 0 }, 'search_false_alarms'], [{ model_name: 'SFace' }, 'model_name']] as const) {
    t.match(await patch(rules), { status: 422, details: { fields: [{ field }] } })
  }
  t.match(await ask('PATCH', '/none', { threshold: 0.5 }), { status: 404, error_code: 'not_found' })
})

t.test('verdicts depend on the ages of both faces, and those of a subject on their poses too', async (t) => {
  const { young, turned } = recogniserNamed('SFace').groupShifts as Required<GroupShifts>
  const fixed = 1 - calibration.thresholds.cosine
  /** Faces by their letters: embeddings in one plane, at these cosines from that of `a`. */
  const faces: Record<string, { cos: number, age: number, yaw: number }> = {
    a: { cos: 1, age: 8, yaw: 3 },
    b: { cos: fixed + 0.1, age: 9, yaw: 0 },
    c: { cos: fixed + 0.1, age: 41, yaw: 0 },
    p: { cos: fixed - 0.03, age: 41, yaw: -50 }
  }
  let asked = 0
  const represent: typeof spelling.represent = async (image, options) => [...Buffer.from(image).toString()].map((letter, i) => {
    const { cos, yaw, age } = faces[letter]!
    const embedding = Float32Array.from({ length: 128 }, (_, k) => k === 0 ? cos : k === 1 ? Math.sqrt(1 - cos ** 2) : 0)
    return { box: { x: i, y: 0, w: 10, h: 10 }, landmarks: undefined, score: 1, embedding, yaw, ...(options.ages && { age }) }
  })
  const ages: typeof spelling.ages = async (image, found) => {
    asked++
    return found.map(({ box }) => faces[Buffer.from(image).toString()[box.x]!]!.age)
  }
  const engine = { represent, ages }
  const { get, ask, post } = await client(t, { engine })
  await post('', { id: 'c' })
  for (const letter of ['b', 'c', 'p']) await post(`/c/subjects/${letter}/faces`, { img: `data:,${letter}`, quality_check: false })
  t.match((await get('/c/subjects/p/faces')).faces, [{ age: 41, yaw: -50 }], 'ages and yaws are kept with the faces')

  asked = 0
  const search = (more: object = {}) => post('/c/search', { img: 'data:,a', ...more })
  const found = await search()
  t.match(found.result[0].matches, [{ subject: 'c', threshold: found.threshold, verdict: { policy: 'adaptive', reason: 'standard', ages: [null, 41], yaws: [null, 0] } }])
  t.equal(found.result[0].matches.length, 1, 'a child is no other child')
  t.equal(asked, 1, 'the age of the picture’s face is estimated once')
  t.match(await search({ k: 1 }), { result: [{ matches: [{ subject: 'c' }] }] }, 'a hit that is refused makes room')
  t.match((await search({ threshold: calibration.thresholds.cosine })).result[0].matches.map(({ subject }: { subject: string }) => subject).sort(), ['b', 'c'], 'a threshold that is sent wins')
  t.equal((await search({ similarity_search: true })).result[0].matches.length, 3)
  asked = 0
  t.match(await post('/c/search', { img: 'data:,c', filter: { subjects: ['c'] } }), { result: [{ matches: [{ subject: 'c', verdict: { reason: 'standard', ages: [null, null] } }] }] })
  t.equal(asked, 0, 'nothing is estimated where it changes nothing')

  const verify = (subject: string, more: object = {}) => post(`/c/subjects/${subject}/verify`, { img: 'data:,a', ...more })
  const child = await verify('b')
  t.match(child, { verified: false, verdict: { policy: 'adaptive', reason: 'young', ages: [8, 9], yaws: [3, 0] } })
  t.ok(Math.abs(child.threshold - (1 - fixed - (young.below - 9) * young.perYear)) < 1e-9 && child.confidence < 50)
  const profile = await verify('p')
  t.match(profile, { verified: true, verdict: { reason: 'turned', ages: [null, 41], yaws: [3, -50] } })
  t.ok(Math.abs(profile.threshold - (1 - fixed + turned.fall)) < 1e-9)
  t.match(await verify('b', { threshold: calibration.thresholds.cosine }), { verified: true, verdict: undefined })
  t.match(await post('/c/subjects/twin/faces', { img: 'data:,a', quality_check: false }), { result: [{ resembles: undefined }] }, 'one child does not resemble another enrolled one')

  const { text } = await get('/c/export')
  await post('', { id: 'd' })
  t.match(await ask('POST', '/d/import', text, { 'content-type': 'application/x-ndjson' }), { status: 200 })
  t.match((await get('/d/subjects/p/faces')).faces, [{ age: 41, yaw: -50 }], 'and move with the collection')
  await post('/c/subjects/old/faces', { embedding: Array.from(Float32Array.from({ length: 128 }, (_, k) => k === 0 ? fixed + 0.1 : k === 2 ? 0.8 : 0)) })
  t.match((await search({ filter: { subjects: ['old'] } })).result[0].matches, [{ subject: 'old', verdict: { reason: 'unknown', ages: [null, null] } }], 'faces of vectors have no age')
})

t.test('the age of a face that was enrolled before ages were kept is told by its photo', async (t) => {
  const { thresholds: { cosine } } = calibration
  const second = Float32Array.from({ length: 128 }, (_, k) => k === 0 ? 1.1 - cosine : k === 1 ? Math.sqrt(1 - (1.1 - cosine) ** 2) : 0)
  const years: Record<string, number> = { a: 6, b: 7 }
  let asked: string[] = []
  const represent: typeof spelling.represent = async (image, { ages }) => {
    const letter = Buffer.from(image).toString()
    const embedding = letter === 'b' ? second : Float32Array.from({ length: 128 }, (_, k) => k === 0 ? 1 : 0)
    const age = ages ? years[letter] : undefined
    return [{ box: { x: 1, y: 0, w: 10, h: 10 }, landmarks: undefined, score: 1, embedding, ...(age !== undefined && { age }) }]
  }
  const ages: typeof spelling.ages = async (image, [face]) => {
    const letter = Buffer.from(image).toString()
    asked.push(`${letter} ${face!.box.x}`)
    return years[letter] === undefined ? undefined : [years[letter]]
  }
  const { post, get } = await client(t, { engine: { represent, ages } })
  // No model of ages was there then.
  delete years['b']
  for (const [id, isKept] of [['kept', true], ['gone', false]] as const) {
    await post('', { id, store_photos: isKept })
    for (const n of [1, 2]) await post(`/${id}/subjects/bob-${n}/faces`, { img: 'data:,b', quality_check: false })
  }
  t.match((await get('/kept/subjects/bob-1/faces')).faces, [{ age: undefined }])
  const reasons = async (id: string, img: string) =>
    (await post(`/${id}/search`, { img })).result[0].matches.map(({ verdict }: any) => [verdict.reason, ...verdict.ages])
  t.strictSame(await reasons('kept', 'data:,a'), [['unknown', 6, null], ['unknown', 6, null]].map(([reason]) => [reason, null, null]))
  years['b'] = 7
  asked = []
  t.strictSame(await reasons('kept', 'data:,a'), [], 'two children')
  t.strictSame(asked, ['a 1', 'b 1', 'b 1'], 'each age is estimated once')
  t.match(await post('/kept/subjects/bob-1/verify', { img: 'data:,a' }), { verified: false, verdict: { reason: 'young', ages: [6, 7] } })
  years['a'] = 30
  asked = []
  t.strictSame(await reasons('kept', 'data:,a'), [['standard', 30, null], ['standard', 30, null]], 'one adult is enough')
  t.strictSame(asked, ['a 1'])
  years['a'] = 6
  t.strictSame(await reasons('gone', 'data:,a'), [['unknown', null, null], ['unknown', null, null]])
})

t.test('a search tells what is asked about each face', async (t) => {
  const { post } = await client(t)
  await post('', { id: 'c' })
  t.match(await post('/c/search', { img: 'data:,a', include: ['pose', 'liveness'] }), { result: [{ pose: { yaw: 1.3, pitch: -2, roll: 0 }, is_real: true, mesh: undefined }] })
  t.match(await post('/c/search', { img: 'data:,a' }), { result: [{ pose: undefined }] })
  t.match(await post('/c/search', { embedding: vector(0), include: ['pose'] }), { result: [{ facial_area: null, pose: undefined }] })
  t.match(await post('/c/search', { img: 'data:,a', include: ['height'] }), { status: 422, details: { fields: [{ field: 'include.0' }] } })
})

t.test('a collection that was made with yunet before it was superseded keeps finding faces so', async (t) => {
  const asked: unknown[] = []
  const represent: typeof spelling.represent = async (image, options) => { asked.push(options.detector); return await spelling.represent(image, options) }
  const log = { warn: () => {}, error: () => {} }
  const collections = openIndexedCollections({ store: await openSqliteStore({ path: ':memory:', threads: false, log }), searcher: searchHere, log, patience: 100 })
  const { post, get } = await client(t, { engine: { represent }, collections: async () => collections })
  const settings = { model: 'SFace', pipeline: 'native', normalization: 'base', align: true, length: 128, storePhotos: false } as const
  await collections.createCollection({ ...settings, id: 'old', detector: 'yunet' })
  await post('', { id: 'new', detector_backend: 'yunet' })
  t.match(await get('/old'), { collection: { detector_backend: 'yunet' } })
  t.match(await get('/new'), { collection: { detector_backend: 'yunet-mesh' } })
  for (const id of ['old', 'new']) {
    t.match(await post(`/${id}/subjects/ann/faces`, { img: 'data:,a' }), { enrolled: 1 })
    t.match(await post(`/${id}/search`, { img: 'data:,a' }), { status: 200 })
  }
  t.strictSame(asked, ['yunet', 'yunet', 'yunet-mesh', 'yunet-mesh'])
})
