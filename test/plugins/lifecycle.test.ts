import { type AddressInfo, connect } from 'node:net'
import t from 'tap'
import { deferred } from '../fixtures/deferred.ts'
import { parse, readAll } from '../fixtures/raw-http.ts'
import { build, spelling } from '../build.ts'

t.test('closing refuses new work and loses none that was accepted', async (t) => {
  const [begun, gate] = [deferred(), deferred()]
  let waiting = 0
  const app = await build(t, {
    engine: {
      async represent (image, options) {
        if (++waiting === 20) begun.resolve()
        await gate.promise
        return spelling.represent(image, options)
      }
    }
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as AddressInfo
  const post = () => fetch(`${origin}/api/v1/represent`, { method: 'POST', body: '{"img":"data:,a"}', headers: { 'content-type': 'application/json' } })

  // A client that keeps its connection.
  const keeper = connect(port, '127.0.0.1')
  keeper.write('POST /api/v1/represent HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 17\r\n\r\n{"img":"data:,a"}')
  const work = Array.from({ length: 19 }, post)
  await begun.promise
  t.equal((await fetch(`${origin}/ready`)).status, 200)

  app.drain()
  const ready = await fetch(`${origin}/ready`)
  t.equal(ready.status, 503)
  t.match(await ready.json(), { success: false, status: 'not ready', missing: ['The service is shutting down.'] })
  t.equal((await fetch(`${origin}/health`)).status, 200, 'the process lives')
  const refused = await post()
  t.equal(refused.status, 503)
  t.match(await refused.json(), { error_code: 'service_unavailable', message: /shutting down/ })

  const closed = app.close()
  const kept = readAll(keeper)
  gate.resolve()
  for (const answer of await Promise.all(work)) {
    t.equal(answer.status, 200)
    t.match(await answer.json(), { success: true, count: 1 })
  }
  await closed
  t.match(parse(await kept), { status: 200, headers: { connection: 'close' } }, 'what is kept open is told to go elsewhere')
  await t.rejects(post(), 'nobody listens any more')
})

t.test('parts are closed in order: what uses another one before it', async (t) => {
  const order: string[] = []
  const note = (name: string) => async () => { order.push(name) }
  const app = await build(t, {
    engine: { close: note('engine') },
    store: { close: note('store') },
    intake: { read: async () => new Uint8Array(), close: note('intake') }
  })
  await app.close()
  t.strictSame(order, ['intake', 'engine', 'store'])
})

t.test('a time limit stops the work, and is told', async (t) => {
  const stopped = deferred<unknown>()
  const app = await build(t, {
    env: { REQUEST_TIMEOUT_MS: '50' },
    engine: {
      extract: (_image, _options, { signal } = {}) => new Promise((_resolve, reject) => signal!.addEventListener('abort', () => {
        stopped.resolve(signal!.reason)
        reject(signal!.reason)
      }))
    }
  })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = await fetch(`${origin}/api/v1/extract_faces`, { method: 'POST', body: '{"img":"data:,a"}', headers: { 'content-type': 'application/json' } })
  t.equal(answer.status, 504)
  t.match(await answer.json(), { error_code: 'timeout', message: /50 ms/ })
  t.match(await stopped.promise, { code: 'timeout' })
})
