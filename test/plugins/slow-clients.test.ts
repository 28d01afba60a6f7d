import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import slowClients from '../../plugins/slow-clients.ts'
import { parse, readAll } from '../fixtures/raw-http.ts'
import { bare } from './bare.ts'

const OPTIONS = { bodyMs: 4_000, bodyWindowMs: 1_000, bodyRate: 1000, idleMs: 2_000, answerWindowMs: 1_000, answerRate: 100_000 }
const LARGE = 50 * 2 ** 20

t.test('clients that are slow', { timeout: 60_000 }, async (t) => {
  const app = bare(t)
  await app.register(slowClients, OPTIONS)
  app.post('/body', async ({ body }) => ({ length: (body as { text: string }).text.length }))
  app.addContentTypeParser('text/lines', (_request, payload, done) => done(null, { payload }))
  app.post('/stream', { config: { isStreamed: true } }, async ({ body }) => {
    let length = 0
    for await (const chunk of (body as { payload: Readable }).payload) length += (chunk as Buffer).length
    return { length }
  })
  app.get('/large', async () => Readable.from((function * () { for (let i = 0; i < LARGE; i += 2 ** 16) yield Buffer.alloc(2 ** 16) })()))
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo

  function open (path: string, type: string): Socket {
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write(`POST ${path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    return socket
  }
  /** Sends a piece of a body again and again until the server closes, or `times` times and then the end. */
  async function send (path: string, type: string, piece: string, every: number, times = Infinity) {
    const begin = performance.now()
    const socket = open(path, type)
    const text = readAll(socket)
    for (let i = 0; i < times && socket.writable && !socket.readableEnded; i++) {
      socket.write(`${piece.length.toString(16)}\r\n${piece}\r\n`)
      await sleep(every)
    }
    if (socket.writable) socket.write('0\r\n\r\n')
    return { ...parse(await text), seconds: (performance.now() - begin) / 1000 }
  }

  t.test('a body that trickles, or that does not come at all, is ended with 408', async (t) => {
    const answers = await Promise.all([send('/body', 'application/json', ' ', 50), send('/body', 'application/json', ' ', 10_000, 1)])
    for (const { status, body } of answers) t.match({ status, body: JSON.parse(body) }, { status: 408, body: { error_code: 'timeout' } })
    t.ok(answers[0]!.seconds < 5, `${answers[0]!.seconds} s`)
  })

  t.test('a body that flows for too long all in all is ended too, one that is a stream is not', async (t) => {
    const [body, stream] = await Promise.all([send('/body', 'application/json', ' '.repeat(1000), 50, 200), send('/stream', 'text/lines', 'x', 500, 12)])
    t.equal(body.status, 408)
    t.match({ status: stream.status, body: JSON.parse(stream.body) }, { status: 200, body: { length: 12 } })
  })

  t.test('a stream that stands still is ended', async (t) => {
    const { status, seconds } = await send('/stream', 'text/lines', 'x', 9_000, 1)
    t.equal(status, 408)
    t.ok(seconds < 20)
  })

  t.test('an answer that nobody reads is dropped with its connection; one that is read is whole', async (t) => {
    const connection = once(app.server, 'connection') as Promise<[Socket]>
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET /large HTTP/1.1\r\nHost: here\r\n\r\n')
    const [peer] = await connection
    const begin = performance.now()
    await once(peer, 'close')
    t.ok(performance.now() - begin < 5_000)
    socket.destroy()
    const response = await fetch(`http://127.0.0.1:${port}/large`)
    t.equal((await response.arrayBuffer()).byteLength, LARGE)
  })
})
