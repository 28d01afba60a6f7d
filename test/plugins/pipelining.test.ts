import { once } from 'node:events'
import { type AddressInfo, connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import Fastify from 'fastify'
import t, { type Test } from 'tap'
import pipelining from '../../plugins/pipelining.ts'

const get = (path: string, headers = ''): string => `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`

/** A service whose answers name their request, after some milliseconds, and which counts the requests that it works on. */
async function serve (t: Test) {
  const app = Fastify()
  await app.register(pipelining)
  const seen: string[] = []
  let [working, most] = [0, 0]
  app.get('/:name', async ({ params }) => {
    const { name } = params as { name: string }
    seen.push(name)
    most = Math.max(most, ++working)
    await setTimeout(name === 'slow' ? 1000 : 5)
    working--
    return `<${name}>`
  })
  app.post('/', async ({ body }) => `<${JSON.stringify(body)}>`)
  await app.listen({ host: '127.0.0.1', port: 0 })
  t.teardown(() => app.close())
  const { port } = app.server.address() as AddressInfo
  const open = () => {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    let text = ''
    socket.on('data', (chunk) => { text += chunk })
    return { socket, bodies: () => text.match(/<.*?>/g) ?? [] }
  }
  return { app, open, seen, most: () => most }
}

t.test('requests of one connection are worked on in turn, those of others beside them', async (t) => {
  const { open, most, seen } = await serve(t)
  const names = Array.from({ length: 100 }, (_, i) => `${i}`)
  const one = open()
  one.socket.write(names.map((name) => get(`/${name}`)).join('') + get('/last', 'Connection: close\r\n'))
  await once(one.socket, 'close')
  t.strictSame(one.bodies(), [...names, 'last'].map((name) => `<${name}>`))
  t.strictSame([seen.length, most()], [101, 1])
  const others = [open(), open()]
  for (const { socket } of others) socket.write(get('/a') + get('/b', 'Connection: close\r\n'))
  await Promise.all(others.map(async ({ socket }) => await once(socket, 'close')))
  t.equal(most(), 2)
})

t.test('bodies among them, in pieces', async (t) => {
  const { open } = await serve(t)
  const { socket, bodies } = open()
  const post = (text: string, headers = ''): string => `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n${headers}Content-Length: ${text.length}\r\n\r\n${text}`
  const all = get('/a') + post('"b"') + get('/c') + post(`"${'d'.repeat(100_000)}"`) + post('"e"', 'Connection: close\r\n')
  for (let at = 0; at < all.length; at += 999) {
    socket.write(all.slice(at, at + 999))
    await setTimeout(1)
  }
  await once(socket, 'close')
  t.strictSame(bodies().map((body) => body.slice(0, 6)), ['<a>', '<"b">', '<c>', '<"dddd', '<"e">'])
})

t.test('a client that sends more than may wait is cut off', async (t) => {
  const { open, seen } = await serve(t)
  const { socket } = open()
  socket.write(get('/a').repeat(2000))
  await once(socket, 'close')
  t.ok(seen.length <= 257, `${seen.length}`)
})

t.test('what waits behind a client that has gone is never begun', async (t) => {
  const { app, open, seen } = await serve(t)
  const { socket } = open()
  const gone = once(app.server, 'connection').then(async ([server]) => await once(server, 'close'))
  socket.write(get('/slow') + get('/b'))
  await once(app.server, 'request')
  socket.destroy()
  await gone
  await setTimeout(1500)
  t.strictSame(seen, ['slow'])
})
