import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import t from 'tap'
import { build } from '../build.ts'
import { parse, readAll } from '../fixtures/raw-http.ts'

const EDGE = '--edge\r\n'
const part = (name: string, value: string, more = ''): string => `${EDGE}Content-Disposition: form-data; name="${name}"${more}\r\n\r\n${value}\r\n`
const image = part('img', 'ab', '; filename="a.jpg"')
const END = '--edge--\r\n'

t.test('a form is refused at its first fault, while the rest of it has not come', async (t) => {
  const app = await build(t, { env: { MAX_IMAGE_BYTES: '100000' } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  /** Sends a body, and never the last of the bytes that were announced. */
  async function unfinished (body: string, type = 'multipart/form-data; boundary=edge') {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${body.length + 1000}\r\n\r\n${body}`)
    // The server ends its side at once, and waits for ours.
    socket.once('data', () => socket.end())
    const { status, body: text } = parse(await readAll(socket))
    return { status, ...JSON.parse(text) }
  }

  for (const [what, body, status, message, type] of [
    ['a part without headers', `${image}${EDGE}\r\nx\r\n${END}`, 422, /part without headers/],
    ['a part without headers or an empty line', `${image}${EDGE}x\r\n${END}\r\n\r\n`, 422, /headers are malformed/],
    ['a part without disposition', `${image}${EDGE}Content-Type: text/plain\r\n\r\nx\r\n${END}`, 422, /without Content-Disposition/],
    ['an attachment', `${EDGE}Content-Disposition: attachment; name="img"\r\n\r\nx\r\n${END}`, 422, /not form-data/],
    ['a part without a name', `${EDGE}Content-Disposition: form-data\r\n\r\nx\r\n${END}`, 422, /without a name/],
    ['a boundary inside of headers', `${EDGE}Content-Disposition: form-data; name="img"\r\n${EDGE}Content-Type: text/plain\r\n`, 422, /headers are malformed/],
    ['a header without a colon', `${EDGE}Content-Disposition: form-data; name="img"\r\nnonsense\r\n\r\nx`, 422, /headers are malformed/],
    ['long headers', `${EDGE}Content-Disposition: form-data; name="img"; filename="${'x'.repeat(9000)}"\r\n\r\nx`, 422, /bytes of headers/],
    ['headers without end', `${EDGE}${'a: b\r\n'.repeat(2000)}`, 422, /bytes of headers/],
    ['a long preamble', `${'x'.repeat(9000)}\r\n${image}`, 422, /before its first part/],
    ['another boundary', image.repeat(200), 422, /another boundary/, 'multipart/form-data; boundary=other'],
    ['no boundary', image, 422, /no boundary/, 'multipart/form-data'],
    ['an empty boundary', image, 422, /no boundary/, 'multipart/form-data; boundary=""'],
    ['a very long boundary', image, 422, /boundary of more than/, `multipart/form-data; boundary=${'e'.repeat(300)}`],
    ['too many texts', part('x', '1').repeat(100), 422, /too many parts/],
    ['too many files', part('x', '1', '; filename="a"').repeat(100), 422, /too many parts/],
    ['empty parts', part('', '').repeat(100), 422, /too many parts/],
    ['a name of a prototype', part('__proto__', '1'), 422, /not allowed/],
    ['an unknown charset', `${EDGE}Content-Disposition: form-data; name="model_name"\r\nContent-Type: text/plain; charset=klingon\r\n\r\nSFace\r\n`, 422, /charset/],
    ['a large file', `${EDGE}Content-Disposition: form-data; name="img"; filename="a"\r\n\r\n${'x'.repeat(100_001 + 64 * 1024)}`, 413, /The file img/],
    ['a large text', `${EDGE}Content-Disposition: form-data; name="img"\r\n\r\n${'x'.repeat(140_000 + 64 * 1024)}`, 413, /The field img/]
  ] as const) {
    const answer = await unfinished(body.length > 64 * 1024 ? body : body + ' '.repeat(64 * 1024), type)
    t.match(answer, { status, message }, what)
  }
})

t.test('forms that are unusual but right', async (t) => {
  const app = await build(t)
  const send = async (body: string | Buffer, type = 'multipart/form-data; boundary=edge') => {
    const response = await app.inject({ method: 'POST', url: '/api/v1/represent', payload: body, headers: { 'content-type': type } })
    return { status: response.statusCode, ...response.json() }
  }
  const ok = { status: 200, count: 2 }
  t.match(await send(`${image}${END}`), ok)
  t.match(await send(`\r\n${image}${END}`), ok, 'an empty line first')
  t.match(await send(`This is a form.\r\n${image}${END}${'x'.repeat(1e6)}`), ok, 'text before and behind')
  t.match(await send(`${image}--edge--`), ok, 'no line end behind the last boundary')
  t.match(await send(image.replace('--edge\r\n', '--edge \t\r\n') + END), ok, 'blanks behind a boundary')
  t.match(await send(`${image}${END}`, 'multipart/form-data; charset=utf-8; boundary="edge"'), ok, 'a quoted boundary')
  t.match(await send(`${image}${END}`.replaceAll('edge', 'e d:g,e'), 'Multipart/Form-Data;boundary="e d:g,e"'), ok, 'a boundary with blanks')
  t.match(await send(`${EDGE}content-disposition:form-data;name=img;filename=a.jpg\r\n\r\nab\r\n${END}`), ok, 'bare tokens')
  t.match(await send(`${EDGE}X-Other: 1\r\nContent-Type: image/jpeg\r\nContent-Disposition: form-data; filename="C:\\a;name=x.jpg"; name="img"\r\n\r\nab\r\n${END}`), ok, 'a file name with a semicolon')
  t.match(await send(`${EDGE}Content-Disposition: form-data;\r\n name="img";\r\n\tfilename="a.jpg"\r\n\r\nab\r\n${END}`), ok, 'folded headers')
  t.match(await send(`${EDGE}Content-Disposition: form-data; name="img"; filename*=UTF-8''%c3%a9.jpg\r\n\r\nab\r\n${END}`), ok, 'a file name in RFC 5987 form')
  t.match(await send(`${EDGE}Content-Disposition: form-data; name="img"; filename=""\r\n\r\nab\r\n${END}`), ok, 'an empty file name')
  t.match(await send(`${EDGE}Content-Disposition: form-data; name="img"; filename="a"\r\n\r\nb\r\n--edgeX\r\n--edge-\r\n--ed\r\na\r\n${END}`), ok, 'lines that begin like the boundary are content')
  t.match(await send(`${image}${EDGE}Content-Disposition: form-data; name="model_name"\r\nContent-Type: text/plain; charset=utf-16le\r\n\r\n${Buffer.from('SFace', 'utf16le').toString('latin1')}\r\n${END}`), ok, 'a text in another charset')
  t.match(await send(`${image}${EDGE}Content-Disposition: form-data; name="\\"é%22"\r\n\r\n1\r\n${END}`), { status: 422, details: { fields: [{ field: '"é"' }] } }, 'a name with quotes')
})

t.test('photos come as bytes however they are sent and wherever a chunk ends', async (t) => {
  const received: Uint8Array[] = []
  const app = await build(t, { engine: { represent: async (bytes) => { received.push(bytes); return [] } } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const photo = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0]), Buffer.from(Array.from({ length: 50_000 }, (_, i) => (i * i) % 251)), Buffer.from('\r\n--edg\r\n--edge-\r\n\r\n')])
  const base64 = photo.toString('base64')
  for (const [what, value, more] of [
    ['a file', photo.toString('latin1'), '; filename="a.jpg"'], ['base64', base64, ''], ['a data: URI', `data:image/jpeg;base64,${base64}`, ''],
    ['base64 with line breaks', base64.replace(/.{76}/g, '$&\r\n'), '']
  ] as const) {
    const body = Buffer.from(`${part('img', value, more)}${END}`, 'latin1')
    for (const size of [1e9, 1013, 7]) {
      received.length = 0
      const socket = connect(port, '127.0.0.1')
      socket.write('POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=edge\r\nTransfer-Encoding: chunked\r\n\r\n')
      const chunks = []
      for (let at = 0; at < body.length; at += size) chunks.push(Buffer.from(`${Math.min(size, body.length - at).toString(16)}\r\n`), body.subarray(at, at + size), Buffer.from('\r\n'))
      socket.write(Buffer.concat([...chunks, Buffer.from('0\r\n\r\n')]))
      t.equal(parse(await readAll(socket)).status, 200)
      t.ok(photo.equals(received[0]!) && received[0]!.buffer.byteLength === photo.length, `${what} in chunks of ${size}, in memory of its own`)
    }
  }
})
