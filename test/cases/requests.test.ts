import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build, spelling } from '../build.ts'
import { file, formOf, JSON_TYPE, openService, skip } from './cases.ts'

const [REPRESENT, COLLECTIONS] = ['/api/v1/represent', '/api/v1/collections']
const PAGE = 'https://page.example'

t.test('requests', { skip }, async (t) => {
  const service = await openService(t, { ALLOW_PRIVATE_URLS: 'true', CORS_ORIGINS: PAGE })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const { ask, post, send, origin } = service
  const photo = await file('enrol.jpg')
  const base64 = Buffer.from(photo).toString('base64')

  t.test('multipart-image-without-filename', async (t) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=visagecase' }
    t.match(await ask(REPRESENT, { method: 'POST', headers, body: await file('multipart-no-filename.bin') }), { status: 200, count: 1 })
  })

  t.test('base64-with-line-breaks', async (t) => {
    t.match(await post(REPRESENT, Buffer.from(await file('base64-line-breaks.json')).toString()), { status: 200, count: 1 })
  })

  t.test('data-uri-octet-stream', async (t) => {
    t.match(await post(REPRESENT, { img: `data:application/octet-stream;base64,${base64}` }), { status: 200, count: 1 })
  })

  t.test('url-empty-content-encoding', async (t) => {
    const server = createServer((request, response) => {
      response.writeHead(200, { 'content-type': 'image/jpeg', 'content-encoding': decodeURIComponent(request.url!.slice(1)) }).end(photo)
    }).listen(0, '127.0.0.1')
    t.teardown(() => server.close())
    await once(server, 'listening')
    for (const encoding of ['', 'aws-chunked', 'UTF-8', 'binary', 'none', 'identity, identity']) {
      const img = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${encodeURIComponent(encoding)}`
      t.match(await post(REPRESENT, { img }), { status: 200, count: 1 }, `"${encoding}"`)
    }
  })

  t.test('form-boolean-of-python', async (t) => {
    t.match(await send(REPRESENT, photo, { enforce_detection: 'False', align: 'True' }), { status: 200, count: 1 })
  })

  t.test('deepface-actions-as-text', async (t) => {
    // DeepFace's own weights are gigabytes.
    const asked: unknown[] = []
    const engine = {
      analyze: async (...[image, options, call]: Parameters<typeof spelling.analyze>) => {
        asked.push(options.actions)
        return await spelling.analyze(image, options, call)
      }
    }
    const app = await build(t, { engine })
    const address = `${await app.listen({ host: '127.0.0.1', port: 0 })}/analyze`
    const spellings = ['age,gender', "['age', 'gender']", '["age","gender"]', '[age, gender]']
    for (const actions of spellings) {
      const body = JSON.stringify({ img: 'data:,a', actions })
      t.equal((await fetch(address, { method: 'POST', headers: JSON_TYPE, body })).status, 200, actions)
      t.equal((await fetch(address, { method: 'POST', body: formOf(Uint8Array.from(Buffer.from('a')), { actions }) })).status, 200, `${actions} in a form`)
    }
    t.strictSame(asked, spellings.flatMap(() => [['age', 'gender'], ['age', 'gender']]))
  })

  t.test('store-photos-enrol-kills-writes', async (t) => {
    t.match(await post(COLLECTIONS, { id: 'p', store_photos: true }), { success: true })
    await keepsPhoto('ann', { method: 'POST', body: formOf(photo, { quality_check: 'False' }) })
    t.match(await post(`${COLLECTIONS}/p/subjects`, '{"id":"zed"}'), { success: true }, 'and the write after it')
  })

  t.test('store-photos-base64', async () => {
    await keepsPhoto('bea', { method: 'POST', headers: JSON_TYPE, body: JSON.stringify({ img: `data:image/jpeg;base64,${base64}`, quality_check: false }) })
  })

  async function keepsPhoto (subject: string, init: RequestInit): Promise<void> {
    const answer = await ask(`${COLLECTIONS}/p/subjects/${subject}/faces`, init)
    t.match(answer, { status: 200, enrolled: 1 }, subject)
    const kept = await fetch(`${origin}${COLLECTIONS}/p/subjects/${subject}/faces/${answer['result'][0].face.id}/photo`)
    t.ok(Buffer.from(await kept.arrayBuffer()).equals(photo), `the photo of ${subject} is kept`)
  }

  t.test('cors-gallery-version', async (t) => {
    const { status, headers } = await post(`${COLLECTIONS}/p/subjects`, '{"id":"page"}', { origin: PAGE })
    const exposed = (headers as Headers).get('access-control-expose-headers')?.toLowerCase() ?? ''
    t.equal(status, 200)
    for (const name of ['Collection-Version', 'Idempotent-Replayed', 'Content-Disposition', 'Allow']) t.ok(exposed.includes(name.toLowerCase()), name)
  })

  t.test('delete-with-json-content-type', async (t) => {
    t.match(await ask(`${COLLECTIONS}/p/subjects/zed`, { method: 'DELETE', headers: JSON_TYPE }), { status: 200 })
  })

  t.test('accept-with-parameters', async (t) => {
    for (const path of ['/health', COLLECTIONS]) t.match(await ask(path, { headers: { accept: 'application/json; charset=utf-8' } }), { status: 200 })
  })

  t.test('name-cut-at-nul', async (t) => {
    t.match(await post(`${COLLECTIONS}/p/subjects`, '{"id":"n","name":"a\\u0000b"}'), { status: 422, error_code: 'validation_error' })
  })

  t.test('import-415-wrong-advice', async (t) => {
    for (const body of [new Blob(['{}'], { type: 'application/jsonl' }), new Blob(['{}'], { type: 'application/octet-stream' }), new Blob(['{}']), formOf(photo, {})]) {
      t.match(await ask(`${COLLECTIONS}/p/import`, { method: 'POST', body }), { status: 415, message: /application\/x-ndjson/ })
    }
  })
})
