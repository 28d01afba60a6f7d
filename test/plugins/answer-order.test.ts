import { type AddressInfo, connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build } from '../build.ts'
import { readAll } from '../fixtures/raw-http.ts'

/** Longer than it takes to find out that a body does not arrive. */
const WORK_MS = 12_000

const HEAD = 'POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
const request = (body = '{"img":"data:,a"}'): string => `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`

t.test('a refusal of a later request on a connection is sent after the answers to those before it', { timeout: 90_000 }, async (t) => {
  const app = await build(t, {
    engine: {
      async represent () {
        await sleep(WORK_MS)
        return []
      }
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  /** The statuses of all answers until the service closes the connection. */
  const statuses = async (text: string): Promise<number[]> => {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(text)
    return [...(await readAll(socket)).matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  }
  const chunked = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`
  const cases: Array<[string, string, number[]]> = [
    ['a body that does not arrive', request() + request().slice(0, -5), [200, 408]],
    ['no HTTP', `${request()}NONSENSE\r\n\r\nand more of it`, [200, 400]],
    ['a malformed chunk', `${request()}${chunked}zz\r\n`, [200, 400]],
    ['headers that are too large', `${request()}GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`, [200, 431]],
    ['no HTTP behind two requests', `${request()}${request('{}')}NONSENSE\r\n\r\n`, [200, 422, 400]],
    ['a malformed chunk of the first request', `${chunked}zz\r\n`, [400]]
  ]
  await Promise.all(cases.map(async ([what, text, expected]) => t.strictSame(await statuses(text), expected, what)))
})
