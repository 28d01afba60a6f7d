import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { build } from '../build.ts'
import { parse, readAll, raw } from '../fixtures/raw-http.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const END = Buffer.from('0\r\n\r\n')

/** A request whose body comes in chunks of one byte. */
const byteByByte = (type: string, body: string): Buffer => Buffer.concat([
  Buffer.from(`POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`),
  Buffer.from([...body].map((byte) => `1\r\n${byte}\r\n`).join('')),
  END
])

t.test('a body that comes byte by byte is read as one that does not, and takes no more memory', async (t) => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const send = async (type: string, body: string) => {
    const { status, body: text } = await raw(port, byteByByte(type, body))
    return { status, ...JSON.parse(text) }
  }
  /** Sends all but the end, and adds the bytes of heap that the server then holds: garbage does not count. */
  const sendSlowly = async (type: string, body: string) => {
    const request = byteByByte(type, body)
    const connection = once(app.server, 'connection') as Promise<[Socket]>
    const socket = connect(port, '127.0.0.1')
    const answer = readAll(socket)
    const [peer] = await connection
    collectGarbage()
    const before = process.memoryUsage().heapUsed
    socket.write(request.subarray(0, -END.length))
    while (peer.bytesRead < request.length - END.length) await setTimeout(10)
    collectGarbage()
    const grown = process.memoryUsage().heapUsed - before
    socket.write(END)
    const { status, body: text } = parse(await answer)
    return { status, ...JSON.parse(text), grown }
  }
  t.match(await send('application/json', '{"img":"data:,ab"}'), { status: 200, count: 2 })
  const long = 'x'.repeat(500_000)
  const refused = await sendSlowly('application/json', `{"img":"data:,a","unknown":"${long}"}`)
  t.match(refused, { status: 422, details: { fields: [{ field: 'unknown' }] } })
  // Half a million buffers are some 100 MB.
  t.ok(refused.grown < 50e6, `${refused.grown} bytes of heap`)
  t.match(await send('application/json', '{"img":'), { status: 422 })

  const form = (value: string) => `--edge\r\nContent-Disposition: form-data; name="img"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n${value}\r\n--edge--\r\n`
  t.match(await send('multipart/form-data; boundary=edge', form('ab')), { status: 200, count: 2 })
  t.match(await send('multipart/form-data; boundary=edge', form('a'.repeat(100_000))), { status: 200 })
})
