import type { AddressInfo } from 'node:net'
import t from 'tap'
import { withoutParameters } from '../../plugins/negotiation.ts'
import { build } from '../build.ts'
import { raw } from '../fixtures/raw-http.ts'

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const

t.test('Accept with parameters asks for the same as without', async (t) => {
  const app = await build(t)
  const status = async (accept: string, url = '/health') => (await app.inject({ url, headers: { accept } })).statusCode
  for (const accept of ['application/json; charset=utf-8', 'application/json;charset=UTF-8;q=0.9', 'text/html, application/json; profile="a,b;c"', 'application/*;v=1', '*/*; q=0.1']) {
    t.equal(await status(accept), 200, accept)
  }
  for (const accept of ['text/html; charset=utf-8', 'application/json;q=0', 'application/xml']) t.equal(await status(accept), 406, accept)
  t.equal((await app.inject({ method: 'POST', url: '/api/v1/represent', headers: { accept: 'application/msgpack; version=5' }, payload: { img: 'data:,a' } })).headers['content-type'], 'application/msgpack')
})

t.test('parameters are dropped, q is kept, and quoted signs part nothing', async (t) => {
  t.equal(withoutParameters('a/b;x=1;q=0.5, c/d ; q=1 ; y="\\",;"'), 'a/b;q=0.5, c/d;q=1')
  t.equal(withoutParameters(''), '')
})

t.test('a content type without a body means nothing', async (t) => {
  const app = await build(t)
  for (const type of ['application/json', 'text/plain', 'application/x-www-form-urlencoded']) {
    t.equal((await app.inject({ method: 'DELETE', url: '/api/v1/collections/none', headers: { 'content-type': type } })).json().error_code, 'not_found', type)
    t.equal((await app.inject({ url: '/health', headers: { 'content-type': type } })).statusCode, 200, type)
  }
  const empty = await app.inject({ method: 'POST', url: '/api/v1/verify', headers: { 'content-type': 'application/json' } })
  t.match(empty.json(), { error_code: 'validation_error', details: { fields: [{ field: 'img1', msg: 'is required' }, { field: 'img2' }] } }, 'the fields are named')
})

t.test('a client that asks for JSON gets an answer of every route, whatever it sends', async (t) => {
  const app = await build(t)
  const ask = async (method: typeof METHODS[number], url: string, accept = 'application/json', payload?: object) =>
    await app.inject({ method, url, headers: { accept }, ...(payload && { payload }) })
  await ask('POST', '/api/v1/collections', undefined, { id: 'c', store_photos: true })
  const { result: [{ face: { id } }] } = (await ask('POST', '/api/v1/collections/c/subjects/ann/faces', undefined, { img: 'data:,a' })).json()

  const { paths } = (await app.inject('/docs/json')).json() as { paths: Record<string, object> }
  let operations = 0
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS.filter((method) => method.toLowerCase() in item)) {
      operations++
      for (const accept of ['application/json', 'application/json, application/problem+json', 'application/json; charset=utf-8, text/plain;q=0.1', '*/*', 'application/*']) {
        const { statusCode } = await ask(method, path.replaceAll(/\{\w+\}/g, 'none'), accept)
        t.not(statusCode, 406, `${method} ${path} with ${accept}`)
      }
    }
  }
  t.ok(operations > 30)

  for (const [url, type] of [
    ['/api/v1/collections/c/export', 'application/x-ndjson'],
    [`/api/v1/collections/c/subjects/ann/faces/${id}/photo`, 'application/octet-stream'],
    ['/metrics', 'text/plain']
  ] as const) {
    const { statusCode, headers } = await ask('GET', url)
    t.match([statusCode, headers['content-type']], [200, type], url)
  }
  t.equal((await ask('GET', '/metrics', 'image/png')).statusCode, 406)
})

t.test('what a request says of a body that it does not have is no reason to refuse it', async (t) => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const ask = async (line: string, headers: readonly string[], body = '') => {
    const answer = await raw(port, [`${line} HTTP/1.1`, 'Host: here', 'Connection: close', ...headers, '', body].join('\r\n'))
    return { status: answer.status, ...JSON.parse(answer.body) as object }
  }
  t.match(await ask('POST /api/v1/collections', ['Content-Type: application/json', 'Content-Length: 10'], '{"id":"c"}'), { status: 200 })
  const NO_ROWS = /No embeddings found/
  for (const [headers, body] of [
    [[], ''],
    [['Content-Length: 0'], ''],
    [['Content-Type: application/json', 'Content-Length: 0'], ''],
    [['Content-Type: application/octet-stream'], ''],
    [['Transfer-Encoding: chunked'], '0\r\n\r\n'],
    [['Transfer-Encoding: chunked', 'Content-Type: application/json'], '0\r\n\r\n'],
    [['Transfer-Encoding: chunked', 'Content-Type: application/octet-stream'], '0\r\n\r\n']
  ] as const) {
    const name = headers.join(', ')
    t.match(await ask('DELETE /api/v1/collections/none', headers, body), { status: 404, error_code: 'not_found' }, name)
    t.match(await ask('POST /build/index', headers, body), { status: 404, message: NO_ROWS }, name)
    t.match(await ask('POST /api/v1/collections/c/cluster', headers, body), { status: 200, faces: 0 }, name)
    t.match(await ask('GET /health', headers, body), { status: 'ok' }, name)
  }
  for (const headers of [['Transfer-Encoding: chunked'], ['Transfer-Encoding: chunked', 'Content-Type: text/plain']]) {
    t.match(await ask('POST /api/v1/collections/c/cluster', headers, '2\r\n{}\r\n0\r\n\r\n'), { status: 415, message: /application\/json or multipart/ })
  }
})

t.test('JSON is UTF-8, whatever charset its type names', async (t) => {
  const app = await build(t)
  for (const type of ['application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/json; charset=nonsense', 'application/json; charset=', 'application/json;', 'Application/JSON ; Charset=x', 'application/json;odata=verbose']) {
    const { statusCode } = await app.inject({ method: 'POST', url: '/api/v1/represent', headers: { 'content-type': type }, payload: '{"img":"data:,a"}' })
    t.equal(statusCode, 200, type)
  }
})
