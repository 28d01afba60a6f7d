import { once } from 'node:events'
import { request } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { build } from '../build.ts'
import { parse, readAll } from '../fixtures/raw-http.ts'

const KEY = 'k'.repeat(16)
const CLIENTS = 20
const BODY = Buffer.alloc(15 * 2 ** 20, 97)

/** Refusals before the body is read: path, headers, status. */
const refusals: ReadonlyArray<readonly [path: string, headers: Record<string, string>, method: string, status: number]> = [
  ['/api/v1/represent', { 'x-api-key': 'x'.repeat(16) }, 'POST', 401],
  ['/api/v1/nothing', { 'x-api-key': KEY }, 'POST', 404],
  ['/api/v1/%', { 'x-api-key': KEY }, 'POST', 404],
  ['/api/v1/represent', { 'x-api-key': KEY }, 'PUT', 405],
  ['/api/v1/represent', { 'x-api-key': KEY, accept: 'text/html' }, 'POST', 406],
  ['/api/v1/represent', { 'x-api-key': KEY }, 'POST', 413],
  ['/api/v1/verify', { 'x-api-key': KEY, 'content-type': 'text/csv' }, 'POST', 415]
]

t.test('a refusal can be read by clients that still send', { timeout: 120_000 }, async (t) => {
  const app = await build(t, { env: { API_KEYS: KEY } })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const connections = new Set<Socket>()
  app.server.on('connection', (socket: Socket) => {
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
  })

  /** As http.request does it: the whole body at once, with its length or in chunks. */
  const send = async (path: string, headers: Record<string, string>, method: string, isChunked: boolean): Promise<number> => {
    const length = isChunked ? {} : { 'content-length': BODY.length }
    const sending = request({ port, host: '127.0.0.1', path, method, headers: { 'content-type': 'application/json', ...headers, ...length } })
    const answer = once(sending, 'response')
    sending.on('error', () => {})
    if (isChunked) sending.write(BODY)
    sending.end(isChunked ? undefined : BODY)
    const [response] = await answer
    response.resume()
    return response.statusCode
  }

  for (const [path, headers, method, status] of refusals) {
    for (const isChunked of [false, true]) {
      // A length tells that a body is too large; a body in chunks must be read up to the limit.
      const answers = await Promise.allSettled(Array.from({ length: CLIENTS }, () => send(path, headers, method, isChunked)))
      t.strictSame(answers, Array(CLIENTS).fill({ status: 'fulfilled', value: status }), `${status}${isChunked ? ', in chunks' : ''}`)
    }
  }

  t.test('and by clients that look for an answer only when they have sent all, though the service has ended its side', async (t) => {
    for (const [path, headers, method, status] of refusals) {
      const answers = await Promise.all(Array.from({ length: CLIENTS }, async () => {
        const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
        const failed = once(socket, 'error').then(([error]) => (error as NodeJS.ErrnoException).code)
        const fields = Object.entries({ 'content-type': 'application/json', ...headers, 'content-length': BODY.length }).map(([name, value]) => `${name}: ${value}\r\n`)
        socket.write(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\n${fields.join('')}\r\n`)
        // The first bytes of the body come while the head is looked at.
        await once(socket, 'connect')
        const sent = new Promise<void>((resolve) => { socket.write(BODY, () => resolve()) })
        const outcome = await Promise.race([sent, failed])
        if (outcome !== undefined) return outcome
        const text = readAll(socket)
        socket.end()
        return parse(await text).status
      }))
      t.strictSame(answers, Array(CLIENTS).fill(status), `${status}`)
    }
  })

  t.test('and by fetch', async (t) => {
    const headers = { 'x-api-key': KEY, 'content-type': 'application/json' }
    const answers = await Promise.all(Array.from({ length: CLIENTS }, () => fetch(`http://127.0.0.1:${port}/api/v1/represent`, { method: 'POST', headers, body: BODY })))
    t.strictSame(answers.map(({ status }) => status), Array(CLIENTS).fill(413))
  })

  t.test('no connection of a refused client stays, whatever it goes on to send', async (t) => {
    // Connections of earlier clients may end meanwhile.
    const earlier = new Set(connections)
    const sockets = Array.from({ length: CLIENTS }, () => connect(port, '127.0.0.1'))
    const texts = sockets.map(readAll)
    for (const socket of sockets) {
      socket.on('error', () => {})
      socket.write(`POST /api/v1/nothing HTTP/1.1\r\nHost: localhost\r\nX-API-Key: ${KEY}\r\nTransfer-Encoding: chunked\r\n\r\n`)
    }
    const trickle = setInterval(() => { for (const socket of sockets) if (socket.writable) socket.write('1\r\na\r\n') }, 100)
    t.teardown(() => clearInterval(trickle))
    for (const text of await Promise.all(texts)) t.equal(parse(text).status, 404)
    await sleep(100)
    t.strictSame([...connections].filter((socket) => !earlier.has(socket)), [])
  })
})

t.test('a connection whose request is answered in full stays open', async (t) => {
  const app = await build(t, {})
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  t.teardown(() => socket.destroy())
  const body = '{"img":"data:,a","unknown":1}'
  for (let i = 0; i < 3; i++) {
    const answer = once(socket, 'data') as Promise<[Buffer]>
    socket.write(`POST /api/v1/represent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
    const { status, headers } = parse((await answer)[0].toString('latin1'))
    t.match({ status, connection: headers['connection'] }, { status: 422, connection: 'keep-alive' })
  }
})
