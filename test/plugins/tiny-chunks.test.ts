import type { AddressInfo } from 'node:net'
import t from 'tap'
import { build } from '../build.ts'
import { raw } from '../fixtures/raw-http.ts'

/** A request whose body comes in chunks of one byte. */
const byteByByte = (type: string, body: string): Buffer => Buffer.concat([
  Buffer.from(`POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`),
  Buffer.from([...body].map((byte) => `1\r\n${byte}\r\n`).join('')),
  Buffer.from('0\r\n\r\n')
])

t.test('a body that comes byte by byte is read as one that does not, and takes no more memory', async (t) => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const send = async (type: string, body: string) => {
    const before = process.memoryUsage().heapUsed
    const { status, body: text } = await raw(port, byteByByte(type, body))
    return { status, ...JSON.parse(text), grown: process.memoryUsage().heapUsed - before }
  }
  t.match(await send('application/json', '{"img":"data:,ab"}'), { status: 200, count: 2 })
  const long = 'x'.repeat(500_000)
  const refused = await send('application/json', `{"img":"data:,a","unknown":"${long}"}`)
  t.match(refused, { status: 422, details: { fields: [{ field: 'unknown' }] } })
  // Half a million buffers are some 100 MB.
  t.ok(refused.grown < 50e6, `${refused.grown} bytes of heap`)
  t.match(await send('application/json', '{"img":'), { status: 422 })

  const form = (value: string) => `--edge\r\nContent-Disposition: form-data; name="img"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${value}\r\n--edge--\r\n`
  t.match(await send('multipart/form-data; boundary=edge', form('ab')), { status: 200, count: 2 })
  t.match(await send('multipart/form-data; boundary=edge', form('a'.repeat(100_000))), { status: 200 })
})
