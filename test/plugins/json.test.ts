import type { AddressInfo } from 'node:net'
import { type TObject, Type } from '@sinclair/typebox'
import t, { type Test } from 'tap'
import imageBytes from '../../plugins/image-bytes.ts'
import json from '../../plugins/json.ts'
import { image, imageOrEmbedding, images } from '../../src/schemas/image-fields.ts'
import { raw } from '../fixtures/raw-http.ts'
import { bare } from './bare.ts'

async function reader (t: Test) {
  const app = bare(t, { bodyLimit: 1e8 })
  await app.register(imageBytes)
  await app.register(json, { maxImageBytes: 100_000 })
  return app
}

t.test('a body that is sent byte by byte is read, however its media type is written', async (t) => {
  const app = await reader(t)
  app.post('/', async ({ body }) => body)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const sent = JSON.stringify({ a: 'x'.repeat(1000) })
  for (const type of ['application/json', 'Application/JSON;charset=utf-8']) {
    const head = `POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`
    const { status, body } = await raw(port, Buffer.from(`${head}${[...sent].map((byte) => `1\r\n${byte}\r\n`).join('')}0\r\n\r\n`))
    t.match({ status, body }, { status: 200, body: sent }, type)
  }
})

t.test('JSON bodies', async (t) => {
  const app = await reader(t)
  app.post('/', async ({ body }) => body)
  const post = (payload: string | Buffer) => app.inject({ method: 'POST', url: '/', payload, headers: { 'content-type': 'application/json' } })

  for (const [text, name] of [
    ['{"a":[1,"é","\\u00e9",{"b":null}]}', 'letters, escaped or not'],
    ['\uFEFF{"a":1}', 'a byte order mark'],
    ['{"of":"__proto__","constructor":"Sagrada"}', 'words that are no danger as values']
  ] as const) {
    const { statusCode, body } = await post(text)
    t.match({ statusCode, body: JSON.parse(body) }, { statusCode: 200, body: JSON.parse(text.replace('\uFEFF', '')) }, name)
  }
  for (const text of [
    '{', '{"a":1}x',
    '{"__proto__":{"isAdmin":true}}',
    '{"a":[{"__proto__" : 1}]}',
    '{"\\u005f_proto\\u005F_":{"isAdmin":true}}',
    '{"constructor":{"prototype":{"isAdmin":true}}}',
    '{"con\\u0073tructor":{"prototype":1}}'
  ]) {
    const { statusCode, body } = await post(text)
    t.match({ statusCode, body: JSON.parse(body) }, { statusCode: 400, body: { code: 'FST_ERR_CTP_INVALID_JSON_BODY' } }, text)
  }
})

t.test('what would take long to read is refused unread', async (t) => {
  const app = await reader(t)
  app.post('/', async () => ({}))
  for (const [text, status] of [
    [`[${'[],'.repeat(10_000)}1]`, 422], [`[${'{},'.repeat(10_001)}1]`, 422], ['['.repeat(20_000), 422],
    [`{${Array.from({ length: 10_001 }, (_, i) => `"${i}":1`).join()}}`, 422], [`[${'1,'.repeat(9e6)}1]`, 422],
    [`[${'[],'.repeat(9_000)}1]`, 200], [`[${'1,'.repeat(1e6)}1]`, 200]
  ] as const) {
    const { statusCode } = await app.inject({ method: 'POST', url: '/', payload: text, headers: { 'content-type': 'application/json' } })
    t.equal(statusCode, status, `${text.slice(0, 20)}… of ${text.length} characters`)
  }
})

t.test('photos in base64 come as bytes where an image belongs, and as they were sent elsewhere', async (t) => {
  const app = await reader(t)
  const form: TObject = Type.Object({ img: imageOrEmbedding('A photo.'), second: image(), imgs: images(3, 'Photos.'), name: Type.String(), metadata: Type.Object({}) })
  const answer = async ({ body, imageBytes }: { body: unknown, imageBytes: ReadonlyMap<string, Uint8Array> }) =>
    ({ body, images: Object.fromEntries([...imageBytes].map(([field, bytes]) => [field, Buffer.from(bytes).toString('base64')])) })
  app.post('/form', { config: { form } }, answer)
  app.post('/other', answer)
  const post = async (url: string, payload: string) => {
    const response = await app.inject({ method: 'POST', url, payload, headers: { 'content-type': 'application/json' } })
    return { status: response.statusCode, ...response.json() }
  }

  const [a, b] = [1, 2].map((fill) => Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.alloc(30_000, fill)]).toString('base64')) as [string, string]
  const uri = `data:image/jpeg;base64,${b}`
  const IMAGE = '(image)'

  t.match(await post('/form', JSON.stringify({ img: a, second: uri, max: 1 })), { body: { img: IMAGE, second: IMAGE, max: 1 }, images: { img: a, second: b } })
  t.match(await post('/form', JSON.stringify({ imgs: ['http://a.org/b.jpg', uri, 'é', a] })), { body: { imgs: ['http://a.org/b.jpg', IMAGE, 'é', IMAGE] }, images: { 'imgs.1': b, 'imgs.3': a } })
  t.match(await post('/form', ` {\n"img" :\t"${a}" } `), { body: { img: IMAGE }, images: { img: a } }, 'with spaces')

  for (const [json, name] of [
    [JSON.stringify({ name: uri, img: 'x' }), 'in a text'],
    [JSON.stringify({ img: a, name: uri }), 'in a text, beside one that is right'],
    [JSON.stringify({ img: a, unknown: b }), 'in an unknown field'],
    [JSON.stringify({ img: [a] }), 'in a list where an embedding may be'],
    [JSON.stringify({ img: { img: a } }), 'in an object'],
    [JSON.stringify({ metadata: { img: a, imgs: [uri] } }), 'in metadata'],
    [JSON.stringify({ [a]: 1 }), 'as a key'],
    [JSON.stringify({ img: `"${a}"` }), 'in quotes'],
    [JSON.stringify({ img: `\\"${a}` }), 'behind a quote'],
    [`{"img":"${a}","img":"${b}"}`, 'twice'],
    [JSON.stringify([a, { img: a }]), 'in a list'],
    [JSON.stringify(a), 'as all there is'],
    [JSON.stringify({ __proto: 1, 'a"constructor"': uri }), 'beside words that are suspect']
  ] as const) {
    t.strictSame(await post('/form', json), { status: 200, body: JSON.parse(json), images: {} }, name)
    t.strictSame(await post('/other', json), { status: 200, body: JSON.parse(json), images: {} }, `${name}, where forms are not taken`)
  }

  for (const text of [`{"img":"${a}"`, `{"img":"${a}`, `{"img":"${a}"}x`, `{${a}}`, `"${a}"${b}"`, `{"img":"${a}","__proto__":{"x":1}}`]) {
    t.match(await post('/form', text), { status: 400, code: 'FST_ERR_CTP_INVALID_JSON_BODY' }, `${text.slice(0, 10)}… ${text.slice(-20)}`)
  }
})
