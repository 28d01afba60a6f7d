import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import { deferred } from './fixtures/deferred.ts'
import { bmp } from './fixtures/images.ts'
import { raw, type RawAnswer, readAll } from './fixtures/raw-http.ts'
import { build, spelling } from './build.ts'

// Over real sockets: what Node and Fastify do by themselves is seen only there.

const ID = '^[A-Za-z0-9._-]{1,64}$'

t.test('HTTP', async (t) => {
  /** Stop signal of the picture in work, which goes on until its client has gone. */
  let begun = deferred<AbortSignal>()
  const app = await build(t, {
    env: { MAX_IMAGE_BYTES: '100000' },
    engine: {
      async extract (image, options, { signal } = {}) {
        if (Buffer.from(image).toString() !== 'endless') return spelling.extract(image, options)
        begun.resolve(signal!)
        return await new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)))
      }
    }
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(origin + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  const request = (line: string, headers: readonly string[] = [], body: string | Buffer = '') =>
    raw(port, Buffer.concat([Buffer.from([`${line} HTTP/1.1`, 'Host: here', 'Connection: close', ...headers, '', ''].join('\r\n')), Buffer.from(body)]))

  /** Whether an answer has the one error shape, and all headers that every answer has. */
  function isError (t: Test, { status, headers, body }: RawAnswer, expected: number, code: string): void {
    t.equal(status, expected, code)
    t.match(headers['x-request-id'], new RegExp(ID))
    t.ok(Number(headers['x-response-time-ms']) >= 0)
    t.match(headers['content-type'], 'application/json')
    t.match(JSON.parse(body), { success: false, error_code: code, message: /.\.$/, request_id: headers['x-request-id'] })
  }

  t.test('a POST is answered, and its work is not stopped when its body has been read', async (t) => {
    const answer = await post('/api/v1/verify', { img1: 'data:,a', img2: 'data:,b' })
    t.equal(answer.status, 200)
    t.match(await answer.json(), { success: true, verified: false, distance: 1 })
  })

  t.test('every answer has an id and a time', async (t) => {
    for (const path of ['/', '/health', '/ready', '/metrics', '/docs', '/docs/json', '/docs/static/swagger-ui.css', '/nowhere', '/api/v1/verify', '/api/v1/models', '/%zz']) {
      const { headers } = await fetch(origin + path)
      t.match(headers.get('x-request-id'), new RegExp(ID), path)
      t.ok(Number(headers.get('x-response-time-ms')) >= 0, path)
    }
  })

  t.test('a client names its request, within limits', async (t) => {
    const idOf = async (id: string) => (await request('GET /health', [`X-Request-Id: ${id}`])).headers['x-request-id']
    for (const id of ['a', 'A-1._z', 'x'.repeat(64)]) t.equal(await idOf(id), id)
    for (const id of ['', 'x'.repeat(65), 'a b', 'a"b', 'é', 'a;b', '../a']) {
      t.not(await idOf(id), id)
      t.match(await idOf(id), /^[0-9a-f-]{36}$/)
    }
  })

  t.test('what is no HTTP', async (t) => {
    isError(t, await raw(port, 'nonsense\r\n\r\n'), 400, 'validation_error')
    isError(t, await raw(port, 'GET / HTTP/1.1\r\nHost: here\r\nBad header\r\n\r\n'), 400, 'validation_error')
    isError(t, await raw(port, 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n'), 400, 'validation_error')
    isError(t, await raw(port, 'POST /api/v1/verify HTTP/1.1\r\nHost: here\r\nContent-Length: -1\r\n\r\n'), 400, 'validation_error')
    isError(t, await raw(port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n'), 400, 'validation_error')
    isError(t, await raw(port, 'FOO / HTTP/1.1\r\nHost: here\r\n\r\n'), 400, 'validation_error')
    isError(t, await request('GET /', [`X: ${'x'.repeat(20_000)}`]), 431, 'validation_error')
    isError(t, await raw(port, 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'), 405, 'method_not_allowed')
  })

  t.test('paths and methods that do not exist', async (t) => {
    for (const path of ['/nowhere', '/api/v1/verify/', '/api/v1/Verify', '/api/v1', '/%zz', '/docs/nothing', '/docs/static/../../package.json', `/${'x'.repeat(2000)}`, '//', '/api/v1/verify%00']) {
      isError(t, await request(`GET ${path}`), 404, 'not_found')
    }
    isError(t, await request('POST /nowhere', ['Content-Type: text/plain', 'Content-Length: 3'], 'abc'), 404, 'not_found')
    for (const [line, allow] of [
      ['GET /api/v1/verify', 'POST'], ['DELETE /api/v1/find', 'POST'], ['PUT /api/v1/verify?x=1', 'POST'], ['OPTIONS /api/v1/verify', 'POST'], ['TRACE /api/v1/verify', 'POST'],
      ['PROPFIND /api/v1/analyze', 'POST'], ['PATCH /health', 'GET, HEAD'], ['POST /', 'GET, HEAD'], ['POST /docs', 'GET, HEAD'], ['POST /docs/json', 'GET, HEAD'], ['DELETE /metrics', 'GET, HEAD']
    ] as const) {
      const answer = await request(line)
      isError(t, answer, 405, 'method_not_allowed')
      t.equal(answer.headers['allow'], allow, line)
    }
  })

  t.test('HEAD is GET without its body', async (t) => {
    for (const path of ['/health', '/api/v1/models', '/metrics', '/docs/json']) {
      const { status, body, headers } = await request(`HEAD ${path}`)
      t.equal(status, 200, path)
      t.equal(body, '')
      t.ok(Number(headers['content-length']) > 0)
    }
    t.match(await request('HEAD /api/v1/verify'), { status: 405, body: '', headers: { allow: 'POST' } })
  })

  t.test('a JSON body is one object', async (t) => {
    const json = async (body: string) => await request('POST /api/v1/represent', ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`], body)
    for (const body of ['{', '[]', 'null', '"a"', '1', '{"img":"a"}}', '{"img":"data:,a","__proto__":{}}', '{"img":"data:,a","constructor":{"prototype":1}}', '[['.repeat(40_000), '\0', '{"img":\'a\'}']) {
      const answer = await json(body)
      isError(t, answer, 422, 'validation_error')
      t.equal(JSON.parse(answer.body).details.fields[0].field, '', body.slice(0, 60))
    }
    t.equal((await json('\ufeff{"img":"data:,a"}')).status, 200, 'a byte order mark is forgiven')
    const utf16 = Buffer.from('\ufeff{"img":"data:,a"}', 'utf16le')
    t.match(await request('POST /api/v1/represent', ['Content-Type: application/json', `Content-Length: ${utf16.length}`], utf16), { status: 422, body: /JSON in UTF-8/ })
    for (const nothing of [await json(''), await request('POST /api/v1/represent')]) {
      isError(t, nothing, 422, 'validation_error')
      t.strictSame(JSON.parse(nothing.body).details.fields, [{ field: 'img', msg: 'is required' }], 'without a body the missing fields are named')
    }
    isError(t, await request('POST /api/v1/represent', ['Content-Length: 3'], 'abc'), 415, 'unsupported_media_type')
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'image/jpeg', 'application/xml', 'multipart/mixed; boundary=x', 'application/jsonp', 'nonsense']) {
      isError(t, await request('POST /api/v1/represent', [`Content-Type: ${type}`, 'Content-Length: 16'], '{"img":"data:,a"'), 415, 'unsupported_media_type')
    }
    t.equal((await request('POST /api/v1/represent', ['Content-Type: application/json;charset=utf-8', 'Content-Length: 17'], '{"img":"data:,a"}')).status, 200)
  })

  t.test('all wrong fields are told at once, unknown ones by name, nothing is coerced', async (t) => {
    const answer = await post('/api/v1/analyze', { actions: ['age', 'height', 3], img_1: 'a', align: 'true', expand_percentage: 1.5, max_faces: 0, detector_backend: 'haar', enforce_detection: 0, anti_spoofing: 1 })
    t.equal(answer.status, 422)
    const { details: { fields }, message } = await answer.json() as any
    t.strictSame(fields.map(({ field }: any) => field).sort(), ['actions.1', 'actions.2', 'align', 'anti_spoofing', 'detector_backend', 'enforce_detection', 'expand_percentage', 'img', 'img_1', 'max_faces'])
    const said = (name: string) => fields.find(({ field }: any) => field === name).msg
    t.equal(said('img'), 'is required')
    t.equal(said('img_1'), 'is not a field of this request')
    t.equal(said('align'), 'must be true or false')
    t.equal(said('expand_percentage'), 'must be a whole number')
    t.equal(said('max_faces'), 'must be 1 or more')
    t.match(said('actions.1'), 'one of emotion, age, gender, race')
    t.match(message, /^Request validation failed: .*img is required/)
    const infinite = await request('POST /api/v1/verify', ['Content-Type: application/json', 'Content-Length: 53'], '{"img1":"data:,a","img2":"data:,a","threshold":1e999}')
    t.equal(JSON.parse(infinite.body).details.fields[0].field, 'threshold', 'a number beyond all is none')
  })

  t.test('Accept', async (t) => {
    isError(t, await request('POST /api/v1/represent', ['Accept: text/html', 'Content-Type: application/json', 'Content-Length: 17'], '{"img":"data:,a"}'), 406, 'not_acceptable')
    isError(t, await request('GET /health', ['Accept: image/*']), 406, 'not_acceptable')
    for (const accept of ['*/*', 'application/*', 'application/json;q=0.1, text/html', '']) t.equal((await request('GET /health', [`Accept: ${accept}`])).status, 200, accept)
  })

  t.test('Content-Encoding', async (t) => {
    const send = (encoding: string) => request('POST /api/v1/represent', ['Content-Type: application/json', `Content-Encoding: ${encoding}`, 'Content-Length: 17'], '{"img":"data:,a"}')
    isError(t, await send('gzip'), 415, 'unsupported_media_type')
    t.not((await send('Identity')).status, 415)
    t.equal((await request('GET /health', ['Content-Encoding: gzip'])).status, 200, 'there is no body')
  })

  t.test('a body over its limit is refused before it is read, whatever its type', async (t) => {
    // One image of 100,000 bytes in base64, and 256 KiB for the rest; two for verify, eight where there may be several.
    for (const [path, limit] of [['/api/v1/analyze', 395_478], ['/api/v1/verify', 528_811], ['/api/v1/represent', 1_328_811], ['/api/v1/detect', 1_328_811]] as const) {
      for (const type of ['application/json', 'multipart/form-data; boundary=x']) {
        const answer = await request(`POST ${path}`, [`Content-Type: ${type}`, `Content-Length: ${limit + 1}`])
        isError(t, answer, 413, 'image_too_large')
        t.match(answer.body, `${limit} bytes`)
        t.equal(answer.headers['connection'], 'close')
      }
    }
    const chunked = ['Content-Type: application/json', 'Transfer-Encoding: chunked']
    isError(t, await request('POST /api/v1/analyze', chunked, `80000\r\n{"img":"${'A'.repeat(0x80000 - 8)}\r\n`), 413, 'image_too_large')
  })

  t.test('who sends a body too large all the same is answered, and the connection ends with it', async (t) => {
    const socket = connect(port, '127.0.0.1')
    const lines = (line: string, headers: readonly string[]) => [`${line} HTTP/1.1`, 'Host: here', ...headers, '', ''].join('\r\n')
    socket.write(lines('POST /api/v1/represent', ['Content-Type: application/json', 'Content-Length: 1500000']) + ' '.repeat(1_500_000))
    socket.write(lines('GET /health', []))
    const text = await readAll(socket)
    t.match(text, /^HTTP\/1.1 413[^]*connection: close[^]*"image_too_large"/i)
    t.notMatch(text, /HTTP\/1.1 200/)
  })

  t.test('Expect: the body is asked for only where it will be read', async (t) => {
    const expecting = async (path: string, length: number, expect = '100-continue') => {
      const socket = connect(port, '127.0.0.1')
      socket.write(`POST ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nExpect: ${expect}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`)
      if (expect === '100-continue') {
        const [first] = await once(socket, 'data') as [Buffer]
        if (!first.toString().startsWith('HTTP/1.1 100')) return first.toString()
      }
      socket.write('{"img":"data:,a"}')
      return await readAll(socket)
    }
    t.match(await expecting('/api/v1/represent', 17), /^HTTP\/1.1 200/)
    t.match(await expecting('/nowhere', 17), /^HTTP\/1.1 404[^]*connection: close/i)
    t.match(await expecting('/api/v1/represent', 1e9), /^HTTP\/1.1 413/)
    t.match(await expecting('/api/v1/represent', 17, 'a-miracle'), /^HTTP\/1.1 200/, 'what is not known is ignored')
  })

  t.test('a client that goes away stops its work', async (t) => {
    begun = deferred()
    const gone = new AbortController()
    const work = fetch(`${origin}/api/v1/extract_faces`, { method: 'POST', signal: gone.signal, body: '{"img":"data:,endless"}', headers: { 'content-type': 'application/json' } })
    const signal = await begun.promise
    t.equal(signal.aborted, false, 'not before')
    gone.abort()
    await t.rejects(work)
    if (!signal.aborted) await once(signal, 'abort')
    t.match(signal.reason.message, 'The client went away')
  })

  t.test('bytes of a picture reach the engine whole', async (t) => {
    const picture = bmp(8, 8)
    const form = new FormData()
    form.append('img', new Blob([Buffer.concat([picture, Buffer.from('ab')])]), 'a.bmp')
    const answer = await fetch(`${origin}/api/v1/represent`, { method: 'POST', body: form })
    t.match(await answer.json(), { success: true, count: 2 })
  })
})
