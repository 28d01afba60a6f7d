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
