import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { env } from 'node:process'
import t, { type Test } from 'tap'
import { A, card, file, folderOf, host, type Host, serving, store } from './world.ts'

/** A proxy that leads every host to `web`, with the hosts that were requested from it. */
async function proxyTo (t: Test, web: Host): Promise<{ url: string, asked: string[] }> {
  const asked: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer()
  server.on('connect', (request, socket: Socket) => {
    asked.push(request.url!)
    const upstream = connect(Number(new URL(web.url).port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection Established\r\n\r\n')
      upstream.pipe(socket).pipe(upstream)
    })
    for (const end of [socket, upstream]) {
      sockets.add(end)
      end.on('error', () => {})
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

t.test('requests go through the proxy of the environment, except to hosts of NO_PROXY', async (t) => {
  const web = await host(t)
  web.routes.set('/a', serving(A))
  const proxy = await proxyTo(t, web)
  const before = { ...env }
  t.teardown(() => {
    for (const name of ['http_proxy', 'https_proxy', 'no_proxy', 'NO_PROXY']) {
      if (before[name] === undefined) delete env[name]
      else env[name] = before[name]
    }
  })
  env['http_proxy'] = proxy.url
  env['https_proxy'] = proxy.url
  const model = card('model', file('a', A, { url: `${web.url}/a` }))

  await store(t, { folder: folderOf(t), mirror: 'http://weights.test', cards: [model] }).ensure(model)
  t.strictSame(proxy.asked, ['weights.test:80'])
  await store(t, { folder: folderOf(t) }).ensure(model)
  t.strictSame(proxy.asked, ['weights.test:80'], 'this machine is among NO_PROXY')

  // The server behind the proxy does not speak TLS; the request to the proxy is enough.
  const secure = card('model', file('a', A, { url: 'https://weights.test/a' }))
  await t.rejects(store(t, { folder: folderOf(t) }).ensure(secure), { code: 'model_unavailable' })
  t.strictSame(proxy.asked, ['weights.test:80', 'weights.test:443'])
})

t.test('a proxy that does not answer is reported', async (t) => {
  const before = env['https_proxy']
  t.teardown(() => {
    if (before === undefined) delete env['https_proxy']
    else env['https_proxy'] = before
  })
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  env['https_proxy'] = `http://127.0.0.1:${(gone.address() as AddressInfo).port}`
  gone.close()
  await once(gone, 'close')
  const model = card('model', file('a', A, { url: 'https://weights.test/a' }))
  await t.rejects(store(t, { folder: folderOf(t) }).ensure(model), { code: 'model_unavailable', message: /weights\.test\/a \(connection refused\)/ })
})
