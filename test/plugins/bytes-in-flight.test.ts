import { once } from 'node:events'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { build } from '../build.ts'
import { parse, readAll } from '../fixtures/raw-http.ts'
import { deferred } from '../fixtures/deferred.ts'

const MB = 2 ** 20
const BUDGET = 16 * MB

/** A listening app with a budget of 16 MB whose engine answers when `go` is called; `signals` are those of the jobs that it got. */
async function slowService (t: Test): Promise<{ app: FastifyInstance, port: number, go: () => void, signals: AbortSignal[] }> {
  const gate = deferred<void>()
  const signals: AbortSignal[] = []
  const app = await build(t, {
    env: { MAX_IN_FLIGHT_MB: String(BUDGET / MB) },
    engine: {
      async represent (_image, _options, call) {
        signals.push(call!.signal!)
        await gate.promise
        return []
      }
    }
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(gate.resolve)
  return { app, port: (app.server.address() as AddressInfo).port, go: gate.resolve, signals }
}

/** A request of `length` bytes. */
function request (length: number): string {
  const body = '{"img":"data:,a"}'
  return `POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}${' '.repeat(length - body.length)}`
}

/** A request with a photo of `length` bytes as base64, after which the connection is closed. */
const photo = (length: number): string =>
  `POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${length + 10}\r\n\r\n{"img":"${'/9j/4AAQ'.padEnd(length, 'A')}"}`

function open (t: Test, port: number): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  t.teardown(() => socket.destroy())
  return socket
}

/** Resolves when `isTrue` is; the test times out otherwise. */
async function until (isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!await isTrue()) await sleep(20)
}

t.test('bytes in flight', { timeout: 60_000 }, async (t) => {
  t.test('what a request took is given back when its client goes, also of requests that wait behind another', async (t) => {
    const { app, port, signals } = await slowService(t)
    const sockets = [open(t, port), open(t, port), open(t, port)]
    for (const socket of sockets) socket.write(request(300_000))
    // The body of a fourth does not arrive, nor is it its turn.
    sockets[0]!.write(request(3 * MB).slice(0, 300))
    await until(() => signals.length === 3)
    t.ok(app.bytesInFlight().taken > 3 * 300_000)
    t.match((await app.inject('/metrics')).body, /^http_requests_in_flight 4$/m, 'with the one that asks')
    for (const socket of sockets) socket.destroy()
    await until(() => app.bytesInFlight().taken === 0)
    t.ok(signals.every(({ aborted }) => aborted), 'their work is dropped')
    t.match((await app.inject('/metrics')).body, /^http_requests_in_flight 1$/m)
  })

  t.test('an answer or bytes that come when the client has gone take nothing', async (t) => {
    const gates = { answer: deferred<void>(), bytes: deferred<void>() }
    const done = { answer: deferred<void>(), bytes: deferred<void>() }
    const app = await build(t, {
      intake: {
        async read (text) {
          const name = text === 'answer' ? 'answer' : 'bytes'
          await gates[name].promise
          setImmediate(done[name].resolve)
          return Buffer.alloc(MB)
        }
      },
      engine: { extract: async () => [{ box: { x: 0, y: 0, w: 1, h: 1 }, landmarks: undefined, score: 1, png: Buffer.alloc(MB) }] }
    })
    await app.listen({ host: '127.0.0.1', port: 0 })
    const { port } = app.server.address() as AddressInfo
    for (const name of ['answer', 'bytes'] as const) {
      const socket = open(t, port)
      const body = JSON.stringify({ img: name })
      const path = name === 'answer' ? 'extract_faces' : 'represent'
      socket.write(`POST /api/v1/${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      await until(() => app.bytesInFlight().taken > 0)
      socket.destroy()
      await until(() => app.bytesInFlight().taken === 0)
      gates[name].resolve()
      await done[name].promise
      await sleep(100)
      t.equal(app.bytesInFlight().taken, 0, name)
    }
  })

  t.test('what does not fit is refused before it is read, and counted', async (t) => {
    const { app, port, go, signals } = await slowService(t)
    const held = Array.from({ length: 5 }, () => open(t, port))
    for (const socket of held) socket.write(request(MB))
    await until(() => signals.length === 5)
    const refused = open(t, port)
    refused.write(request(MB).slice(0, 200))
    const { status, headers, body } = parse(await readAll(refused))
    t.match({ status, headers, ...JSON.parse(body) }, { status: 503, headers: { 'retry-after': /^\d+$/, connection: 'close' }, error_code: 'overloaded' })
    const chunked = open(t, port)
    const chunk = `${MB.toString(16)}\r\n${' '.repeat(MB)}\r\n`
    chunked.write(`POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(4)}`)
    t.match(parse(await readAll(chunked)), { status: 503, headers: { 'retry-after': /^\d+$/ }, body: /"error_code":"overloaded"/ }, 'also in chunks')
    const metrics = (await app.inject('/metrics')).body
    t.match(metrics, /^visage_bytes_refused_total 2$/m)
    t.match(metrics, new RegExp(`^visage_bytes_in_flight_limit ${BUDGET}$`, 'm'))
    t.equal((await app.inject('/health')).statusCode, 200)
    const answers = held.map((socket) => once(socket, 'data'))
    go()
    await Promise.all(answers)
    await until(() => app.bytesInFlight().taken === 0)
  })

  t.test('clients that trickle keep nobody out, however many they are and whatever they send first', async (t) => {
    const { app, port, go } = await slowService(t)
    go()
    t.equal((await app.inject({ method: 'POST', url: '/api/v1/collections', payload: { id: 'people' } })).statusCode, 200)
    const head = 'POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n'
    const lines = 'POST /api/v1/collections/people/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\n'
    const announced = `${head}Content-Length: ${4 * MB - 1000}\r\n\r\n`
    const most = `{"img":"${'/9j/4AAQ'.padEnd(MB, 'A')}`
    const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`
    /** Sends `first`, then up to a kilobyte a second; and `again` on a new connection whenever the old one is closed. */
    const trickle = (first: string, next: string, again = announced): void => {
      let socket = open(t, port)
      socket.write(first)
      const timer = setInterval(() => {
        if (socket.destroyed || socket.readableEnded) {
          socket.destroy()
          socket = open(t, port)
          socket.write(again)
        } else if (socket.writable) socket.write(next)
      }, 1_000)
      t.teardown(() => clearInterval(timer))
    }
    for (let i = 0; i < 40; i++) trickle(announced, ' '.repeat(1000))
    for (let i = 0; i < 5; i++) trickle(announced + most, 'A'.repeat(1000))
    for (let i = 0; i < 2; i++) trickle(`${head}Transfer-Encoding: chunked\r\n\r\n${chunk(most)}`, chunk('A'))
    for (let i = 0; i < 2; i++) trickle(`${lines}Transfer-Encoding: chunked\r\n\r\n${chunk(' '.repeat(MB))}`, chunk(' '))
    await sleep(3_000)
    for (let times = 0; times < 8; times++) {
      const begin = performance.now()
      const socket = open(t, port)
      socket.write(photo(3 * MB))
      const { status } = parse(await readAll(socket))
      t.equal(status, 200)
      t.ok(performance.now() - begin < 5_000)
      await sleep(500)
    }
    t.ok(app.bytesInFlight().taken <= BUDGET)
    t.ok(app.bytesInFlight().refused > 0)
  })

  t.test('a body that flows is not cut off for another', async (t) => {
    const { app, port, go } = await slowService(t)
    go()
    const socket = open(t, port)
    const text = photo(4 * MB - 100)
    const answer = readAll(socket)
    for (let at = 0; at < text.length; at += 200_000) {
      socket.write(text.slice(at, at + 200_000))
      await sleep(200)
      // No other fits beside it in the end, and it flows at a megabyte a second.
      if (app.bytesInFlight().taken < 8 * MB) continue
      const other = open(t, port)
      other.write(photo(3 * MB).slice(0, 300))
      t.equal(parse(await readAll(other)).status, 503)
    }
    t.equal(parse(await answer).status, 200)
  })

  t.test('lines of imports that do not end are counted', async (t) => {
    const { app, port } = await slowService(t)
    t.equal((await app.inject({ method: 'POST', url: '/api/v1/collections', payload: { id: 'people' } })).statusCode, 200)
    const piece = `${(2 * MB).toString(16)}\r\n${' '.repeat(2 * MB)}\r\n`
    const start = (): Promise<string> => {
      const socket = open(t, port)
      socket.write(`POST /api/v1/collections/people/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n${piece}`)
      return readAll(socket)
    }
    start()
    start()
    await until(() => app.bytesInFlight().taken === 2 * 3 * 2 * MB)
    t.match(parse(await start()), { status: 503, headers: { 'retry-after': /^\d+$/, connection: 'close' }, body: /"error_code":"overloaded"/ })
  })
})
