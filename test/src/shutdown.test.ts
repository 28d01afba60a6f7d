import { once } from 'node:events'
import { createServer, connect, type Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { origin, serviceStarter } from '../fixtures/service-process.ts'
import { buildReal } from '../real.ts'

const start = serviceStarter(t)

/** REQUEST_TIMEOUT_MS of the services here, and the time in which the process must have ended after SIGTERM, in milliseconds. */
const REQUEST_MS = 1_500
const MOST_MS = REQUEST_MS + 5_000

const head = (line: string, ...headers: string[]): string => [`${line} HTTP/1.1`, 'Host: 127.0.0.1', ...headers, '', ''].join('\r\n')
const json = head('POST /api/v1/represent', 'Content-Type: application/json', 'Content-Length: 1000')
const form = head('POST /represent', 'Content-Type: multipart/form-data; boundary=b', 'Content-Length: 1000')
const ndjson = head('POST /api/v1/collections/c/import', 'Content-Type: application/x-ndjson', 'Transfer-Encoding: chunked')

/** Beginnings of requests, after which a client does nothing more with its connection. */
const UNFINISHED: ReadonlyArray<readonly [what: string, text: string]> = [
  ['half a head', 'POST /api/v1/represent HTTP/1.1\r\nHost: 127.0'],
  ['a head and no body', json],
  ['half a JSON body', `${json}{"img":"`],
  ['half a form', `${form}--b\r\nContent-Disposition: form-data; name="img"\r\n\r\nab`],
  ['half an import', `${ndjson}2\r\n{"\r\n`],
  ['a body that waits for 100 Continue', head('POST /api/v1/represent', 'Content-Type: application/json', 'Content-Length: 1000', 'Expect: 100-continue')],
  ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n'],
  ['a request too large for its route', head('POST /api/v1/represent', 'Content-Type: application/json', 'Content-Length: 20000000')],
  ['refused bytes', 'no HTTP\r\n\r\n'],
  // Far more answers than the buffers of a connection hold.
  ['answers that are not read', head('GET /docs/json').repeat(200)],
  ['nothing', '']
]

t.test('SIGTERM ends the process in time', async (t) => {
  const real = await buildReal(t, { PRELOAD_MODELS: 'emotion', WORKERS: '1' })
  if (typeof real === 'string') return t.pass('needs weights', { skip: real })

  /** Starts a service, lets `clients` talk to it, and returns how the process ended after SIGTERM. */
  async function terminated (clients: (port: number) => Promise<Socket[]>) {
    const { child, output } = start(t, {
      PORT: '0',
      PRELOAD_MODELS: 'emotion',
      WORKERS: '1',
      LOG_LEVEL: 'info',
      REQUEST_TIMEOUT_MS: String(REQUEST_MS),
      COLLECTIONS_URL: `sqlite:${t.testdir()}/c.sqlite`
    })
    const address = await origin(child, output)
    await fetch(`${address}/api/v1/collections`, { method: 'POST', body: '{"id":"c"}', headers: { 'content-type': 'application/json' } })
    const sockets = await clients(Number(new URL(address).port))
    // The service has read what was sent when it answers a request that came later.
    await fetch(`${address}/health`)
    const since = performance.now()
    const closed = once(child, 'close')
    child.kill('SIGTERM')
    const [code, signal] = await closed as [number | null, string | null]
    const ms = performance.now() - since
    for (const socket of sockets) socket.destroy()
    return { code, signal, ms, output: output() }
  }

  async function sent (port: number, text: string): Promise<Socket> {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    socket.on('error', () => {})
    await once(socket, 'connect')
    socket.write(text)
    return socket
  }

  for (const [what, text] of UNFINISHED) {
    t.test(`with ${what}`, async (t) => {
      const { code, signal, ms, output } = await terminated(async (port) => [await sent(port, text)])
      t.strictSame({ code, signal }, { code: 0, signal: null }, output)
      t.ok(ms < MOST_MS, `${Math.round(ms)} ms`)
    })
  }

  t.test('with all of these at once, and a URL that is never answered', async (t) => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1')
    t.teardown(() => silent.close())
    await once(silent, 'listening')
    const url = `http://127.0.0.1:${(silent.address() as { port: number }).port}/a.jpg`
    const body = JSON.stringify({ img: url })
    const asking = head('POST /api/v1/represent', 'Content-Type: application/json', `Content-Length: ${body.length}`) + body
    const texts = [...UNFINISHED.map(([, text]) => text), asking]
    const { code, signal, ms, output } = await terminated(async (port) => await Promise.all(texts.map(async (text) => await sent(port, text))))
    t.strictSame({ code, signal }, { code: 0, signal: null }, output)
    t.ok(ms < MOST_MS, `${Math.round(ms)} ms`)
    t.match(output, /connections that did not end in time are cut/)
  })

  t.test('with an import that goes on and on', async (t) => {
    const { code, signal, ms, output } = await terminated(async (port) => {
      const socket = await sent(port, ndjson)
      let i = 0
      const send = (): void => {
        for (let lines = 0; lines < 500 && !socket.destroyed; lines++) {
          const line = `${JSON.stringify({ subject: { id: `s${i++}` } })}\n`
          socket.write(`${line.length.toString(16)}\r\n${line}\r\n`)
        }
      }
      const timer = setInterval(send, 20)
      socket.on('close', () => clearInterval(timer))
      await setTimeout(1_000)
      return [socket]
    })
    t.strictSame({ code, signal }, { code: 0, signal: null }, output)
    t.ok(ms < MOST_MS, `${Math.round(ms)} ms`)
  })

  t.test('with an export that nobody reads', async (t) => {
    const { code, signal, ms, output } = await terminated(async (port) => {
      const embedding = Buffer.from(new Float32Array(128).fill(0.5).buffer).toString('base64')
      const faces = Array.from({ length: 15_000 }, (_, i) => JSON.stringify({ face: { id: `f${i}`, subject: 'ann', embedding } }))
      const body = ['{"subject":{"id":"ann"}}', ...faces].join('\n')
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/collections/c/import`, { method: 'POST', body, headers: { 'content-type': 'application/x-ndjson' } })
      t.match(await answer.json(), { faces: 15_000 })
      const socket = await sent(port, head('GET /api/v1/collections/c/export'))
      socket.pause()
      await setTimeout(500)
      return [socket]
    })
    t.strictSame({ code, signal }, { code: 0, signal: null }, output)
    t.ok(ms < MOST_MS, `${Math.round(ms)} ms`)
  })
})

t.test('a start that waits for a download ends at once', async (t) => {
  const silent = createServer().listen(0, '127.0.0.1')
  t.teardown(() => silent.close())
  await once(silent, 'listening')
  const { child } = start(t, {
    PORT: '0', WORKERS: '1', HOME: t.testdir(), MODELS_PATH: t.testdir(), MODELS_MIRROR: `http://127.0.0.1:${(silent.address() as { port: number }).port}`
  })
  const closed = once(child, 'close')
  await once(silent, 'connection')
  child.kill('SIGTERM')
  t.strictSame(await closed, [null, 'SIGTERM'])
})
