import { once } from 'node:events'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import type { Resolve } from '../../../src/intake/resolve.ts'
import { openUrlReader, type UrlReaderOptions } from '../../../src/intake/url.ts'
import { memoryLog, refused } from './refused.ts'
import { serve, serveRaw } from './servers.ts'

const LIMIT = 100_000
const IMAGE = Buffer.from('\xff\xd8\xff the bytes of an image', 'latin1')

function reader (t: Test, options: Partial<UrlReaderOptions> = {}) {
  const log = memoryLog()
  const urls = openUrlReader({ allowPrivate: false, allowedHosts: [], maxBytes: LIMIT, timeoutMs: 20_000, maxFetches: 128, log, ...options })
  t.teardown(() => urls.close())
  return { ...urls, log, read: (url: string, signal?: AbortSignal) => urls.read(url, signal) }
}

/** Returns a resolver of the names of `hosts` alone. */
const resolving = (hosts: Record<string, readonly string[]>, asked: string[] = []): Resolve => async (hostname) => {
  asked.push(hostname)
  const addresses = hosts[hostname]
  if (!addresses) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' })
  return addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

/** Never answers. */
const silentResolver: Resolve = () => new Promise(() => {})

t.test('an image is fetched, whatever its chunks', async (t) => {
  const peer = await serve(t, ({ url, headers }, response) => {
    t.equal(url, '/a.jpg?token=1')
    t.equal(headers['accept-encoding'], 'identity')
    t.notOk('authorization' in headers || 'cookie' in headers)
    for (const byte of IMAGE) response.write(Buffer.of(byte))
    response.end()
  })
  const bytes = await reader(t, { allowPrivate: true }).read(`${peer.origin}/a.jpg?token=1#part`)
  t.strictSame(Buffer.from(bytes), IMAGE)
  t.equal(bytes.buffer.byteLength, IMAGE.length, 'the bytes own their memory')
})

t.test('no spelling of an inner host is connected to', async (t) => {
  const inner = await serve(t, (_request, response) => response.end(IMAGE), '0.0.0.0')
  const { read, log } = reader(t)
  const messages = new Set<string>()
  for (const host of ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '0', '0.0.0.0', '127.0.0.1.', '127.0.0.1..', '１２７.0.0.1',
    'localhost', 'LOCALHOST', 'localhost.', 'localhost..', 'a.localhost', '[::1]', '[::]', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[::127.0.0.1]',
    '[64:ff9b::7f00:1]', '[64:ff9b:1::7f00:1]', '[2002:7f00:1::]', '[fe80::1]', '[fd00:ec2::254]', '169.254.169.254', '0xa9fea9fe', '10.0.0.1',
    '172.16.0.1', '192.168.0.1', '100.64.0.1', '198.18.0.1', '192.0.2.1', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16']) {
    const { message } = await refused(t, read(`http://${host}:${inner.port}/secret?token=1`), 'image_decode_error', host)
    messages.add(message)
  }
  t.equal(inner.connections(), 0)
  t.equal(messages.size, 1, 'one sentence for all')
  t.notOk(log.lines.some((line) => /secret|token/.test(line)), 'no path and no query in the log')
})

t.test('no name that resolves to an inner address is connected to', async (t) => {
  const inner = await serve(t, (_request, response) => response.end(IMAGE), '0.0.0.0')
  const hosts = Object.fromEntries(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '64:ff9b::7f00:1', '0.0.0.0'].map((address, i) => [`host${i}.example`, [address]]))
  const asked: string[] = []
  const { read } = reader(t, { resolve: resolving({ ...hosts, 'many.example': ['127.0.0.1', '::1'], 'none.example': [] }, asked) })
  const { message } = await refused(t, read('http://nowhere.example/'))
  for (const host of [...Object.keys(hosts), 'many.example', 'none.example', 'many.example.']) {
    t.equal((await refused(t, read(`http://${host}:${inner.port}/`))).message, message, 'as for a name that does not exist')
    t.equal((await refused(t, read(`https://${host}:${inner.port}/`))).message, message)
  }
  t.equal(inner.connections(), 0)
  t.notOk(asked.includes('many.example.'), 'asked without the dot')
})

t.test('a name is resolved once a hop, so that no second answer can differ', async (t) => {
  const peer = await serve(t, (_request, response) => response.end(IMAGE))
  const asked: string[] = []
  const answers = [['127.0.0.1'], ['10.0.0.1']]
  const resolve: Resolve = async (hostname) => {
    asked.push(hostname)
    return answers[asked.length - 1]!.map((address) => ({ address, family: 4 }))
  }
  const { read } = reader(t, { resolve, isPublic: (address) => address === '127.0.0.1' })
  t.strictSame(Buffer.from(await read(`http://rebind.example:${peer.port}/`)), IMAGE)
  t.strictSame(asked, ['rebind.example'])
  await refused(t, read(`http://rebind.example:${peer.port}/`))
  t.equal(peer.connections(), 1)
})

t.test('of several addresses only the public ones are connected to', async (t) => {
  const peer = await serve(t, (_request, response) => response.end(IMAGE))
  const { read } = reader(t, { resolve: resolving({ 'mixed.example': ['10.0.0.1', '::1', '127.0.0.1'] }), isPublic: (address) => address === '127.0.0.1' })
  t.strictSame(Buffer.from(await read(`http://mixed.example:${peer.port}/`)), IMAGE)
})

t.test('the peer of the open connection is checked too', async (t) => {
  let bytes = 0
  const peer = await serveRaw(t, () => { bytes++ })
  let checks = 0
  // Public when resolved, no longer when connected.
  const { read } = reader(t, { resolve: resolving({ 'moving.example': ['127.0.0.1'] }), isPublic: () => ++checks === 1 })
  await refused(t, read(`http://moving.example:${peer.port}/`))
  t.equal(checks, 2)
  t.equal(bytes, 0, 'nothing was sent')
})

t.test('redirects', { skip: process.platform !== 'linux' && 'needs 127.0.0.2, which only Linux has' }, async (t) => {
  // Here 127.0.0.1 is the public network and 127.0.0.2 the inner one.
  const options = { resolve: resolving({ 'public.example': ['127.0.0.1'], 'inner.example': ['127.0.0.2'] }), isPublic: (address: string) => address === '127.0.0.1' }
  const inner = await serve(t, (_request, response) => response.end(IMAGE), '127.0.0.2')
  const peer = await serve(t, ({ url }, response) => {
    const { pathname, searchParams } = new URL(url!, 'http://here')
    if (pathname === '/image') return response.end(IMAGE)
    if (pathname === '/loop') return response.writeHead(302, { location: '/loop' }).end()
    if (pathname.startsWith('/step')) return response.writeHead(307, { location: pathname === '/step1' ? '/image' : `/step${Number(pathname.slice(5)) - 1}` }).end('moved')
    if (pathname === '/nowhere') return response.writeHead(302).end()
    if (pathname === '/twice') return response.writeHead(302, [['location', '/image'], ['location', '/image']] as never).end()
    if (pathname === '/endless') {
      response.writeHead(302, { location: '/image' })
      return response.write('a body that never ends')
    }
    response.writeHead(Number(searchParams.get('status') ?? 302), { location: searchParams.get('to')! }).end()
  })
  const { read } = reader(t, options)
  const origin = `http://public.example:${peer.port}`
  const via = (to: string, status = 302) => `${origin}/to?status=${status}&to=${encodeURIComponent(to)}`

  for (const status of [301, 302, 303, 307, 308]) t.strictSame(Buffer.from(await read(via('/image', status))), IMAGE, `${status}`)
  t.strictSame(Buffer.from(await read(`${origin}/step5`)), IMAGE, 'five hops')
  t.match((await refused(t, read(`${origin}/step6`))).message, 'redirects more than 5 times')
  t.match((await refused(t, read(`${origin}/loop`))).message, 'redirects more than 5 times')
  t.match((await refused(t, read(`${origin}/nowhere`))).message, 'redirects to nowhere')
  t.match((await refused(t, read(via('http://[')))).message, 'redirects to nowhere')
  t.strictSame(Buffer.from(await read(`${origin}/endless`)), IMAGE, 'the body of a redirect is not waited for')
  t.match((await refused(t, read(via('/image', 300)))).message, 'status 300')
  t.match((await refused(t, read(via('ftp://public.example/')))).message, 'protocol')
  t.match((await refused(t, read(via('file:///etc/passwd')))).message, 'protocol')
  t.match((await refused(t, read(via(`http://user:pass@public.example:${peer.port}/image`)))).message, 'password')

  const before = peer.connections()
  for (const to of [inner.origin, `http://inner.example:${inner.port}/`, `//127.0.0.2:${inner.port}/`, `http://2130706434:${inner.port}/`, `http://[::ffff:127.0.0.2]:${inner.port}/`, `http://localhost:${inner.port}/`, `https://inner.example:${inner.port}/`]) {
    await refused(t, read(via(to)), 'image_decode_error', to)
    await refused(t, read(via(via(to))), 'image_decode_error', `twice to ${to}`)
  }
  t.equal(inner.connections(), 0)
  t.equal(peer.connections() - before, 7 * 3)
  t.equal(peer.open(), 0, 'no connection stays open')
})

t.test('only the allowed hosts', async (t) => {
  const peer = await serve(t, ({ url }, response) => url === '/away' ? response.writeHead(302, { location: `http://other.example:${peer.port}/` }).end() : response.end(IMAGE))
  const resolve = resolving(Object.fromEntries(['a.example', 'img.cdn.example', 'other.example'].map((host) => [host, ['127.0.0.1']])))
  const { read } = reader(t, { resolve, allowPrivate: true, allowedHosts: ['a.example', '*.cdn.example'] })
  t.strictSame(Buffer.from(await read(`http://a.example:${peer.port}/`)), IMAGE)
  t.strictSame(Buffer.from(await read(`http://IMG.cdn.example.:${peer.port}/`)), IMAGE)
  for (const url of [`http://other.example:${peer.port}/`, `${peer.origin}/`, `http://a.example:${peer.port}/away`, `http://a.example@other.example:${peer.port}/`]) await refused(t, read(url))
  const listed = reader(t, { resolve, allowedHosts: ['a.example'] })
  await refused(t, listed.read(`http://a.example:${peer.port}/`), 'image_decode_error', 'listed, and still not public')
})

t.test('malformed URLs, credentials, ports', async (t) => {
  const { read, log } = reader(t, { resolve: resolving({}), isPublic: () => true })
  for (const url of ['http://', 'http://[', 'https://', 'http://a b/', 'http://example.com:99999/', 'http://[fe80::1%25eth0]/', `http://example.com/${'a'.repeat(9000)}`]) {
    t.match((await refused(t, read(url))).message, 'malformed', url.slice(0, 40))
  }
  for (const url of ['http://user:hunter2@example.com/', 'http://user@example.com/', 'http://:hunter2@example.com/']) {
    const { message } = await refused(t, read(url))
    t.match(message, 'user name or a password')
    t.notMatch(message, 'hunter2')
  }
  for (const port of [22, 25, 53, 445, 1023]) await refused(t, read(`http://example.com:${port}/`), 'image_decode_error', `port ${port}`)
  t.notMatch(log.lines.join(), 'hunter2')
})

t.test('responses without an image are refused', async (t) => {
  const gzip = gzipSync(Buffer.alloc(50_000_000))
  const peer = await serve(t, ({ url }, response) => {
    if (url === '/empty') return response.end()
    if (url === '/204') return response.writeHead(204).end()
    if (url === '/gzip') return response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzip)
    if (url!.startsWith('/plain')) return response.writeHead(200, { 'content-encoding': decodeURIComponent(url!.slice(6)) }).end(IMAGE)
    response.writeHead(Number(url!.slice(1))).end('no')
  })
  const { read } = reader(t, { allowPrivate: true })
  for (const status of [400, 401, 403, 404, 410, 429, 500, 503]) t.match((await refused(t, read(`${peer.origin}/${status}`))).message, `status ${status}`)
  t.match((await refused(t, read(`${peer.origin}/empty`))).message, 'nothing')
  t.match((await refused(t, read(`${peer.origin}/204`))).message, 'nothing')
  t.match((await refused(t, read(`${peer.origin}/gzip`))).message, 'encoding')
  for (const encoding of ['Identity', '', 'none', 'binary', 'UTF-8', 'aws-chunked', 'identity, identity']) {
    t.strictSame(Buffer.from(await read(`${peer.origin}/plain${encodeURIComponent(encoding)}`)), IMAGE, `Content-Encoding: ${encoding}`)
  }
  for (const encoding of ['br', 'identity, zstd', 'X-GZIP']) t.match((await refused(t, read(`${peer.origin}/plain${encodeURIComponent(encoding)}`))).message, 'encoding', encoding)
})

t.test('too large responses are refused', async (t) => {
  let sent = 0
  const peer = await serve(t, ({ url }, response) => {
    if (url === '/full') return response.end(Buffer.alloc(LIMIT))
    if (url === '/over') return response.end(Buffer.alloc(LIMIT + 1))
    if (url === '/declared') {
      response.writeHead(200, { 'content-length': 10 * LIMIT }).flushHeaders()
      return
    }
    // A body without an end.
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(10_000))) sent += 10_000
    }
    response.on('drain', more)
    more()
  })
  const { read } = reader(t, { allowPrivate: true })
  t.equal((await read(`${peer.origin}/full`)).length, LIMIT)
  await refused(t, read(`${peer.origin}/over`), 'image_too_large')
  await refused(t, read(`${peer.origin}/declared`), 'image_too_large', 'known from Content-Length, before the body')
  await refused(t, read(`${peer.origin}/endless`), 'image_too_large')
  t.ok(sent < 1000 * LIMIT, 'and is not read on')
})

t.test('malformed responses are refused', async (t) => {
  const answer = (text: string, end = true) => async (t: Test) => {
    const peer = await serveRaw(t, (socket) => end ? socket.end(text) : socket.write(text))
    await refused(t, reader(t, { allowPrivate: true }).read(`${peer.origin}/`))
  }
  await t.test('fewer bytes than Content-Length', answer('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc'))
  await t.test('two lengths', answer('HTTP/1.1 200 OK\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde', false))
  await t.test('chunks without an end', answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'))
  await t.test('a malformed chunk', answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\nabc\r\n', false))
  await t.test('no HTTP', answer('220 mail.example ESMTP\r\n', false))
  await t.test('nothing', answer(''))
  await t.test('headers without an end', answer(`HTTP/1.1 200 OK\r\n${'X-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(2000)}`, false))
  await t.test('another protocol', answer('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n', false))
  await t.test('more bytes than Content-Length', async (t) => {
    const peer = await serveRaw(t, (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef'))
    const [result] = await Promise.allSettled([reader(t, { allowPrivate: true }).read(`${peer.origin}/`)])
    t.ok(result.status === 'rejected' || Buffer.from(result.value).toString() === 'abc', 'never more than it announces')
  })
  await t.test('no TLS', async (t) => {
    const peer = await serveRaw(t, (socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'))
    await refused(t, reader(t, { allowPrivate: true }).read(peer.origin.replace('http', 'https')))
  })
  await t.test('a closed port', async (t) => {
    await refused(t, reader(t, { allowPrivate: true }).read('http://127.0.0.1:1/'))
  })
})

t.test('slow peers are given up', async (t) => {
  const late = { allowPrivate: true, timeoutMs: 150 }
  const silent = await serveRaw(t, () => {})
  const slow = await serve(t, (_request, response) => {
    response.writeHead(200, { 'content-length': 1000 })
    response.write('a')
  })
  const loop = await serve(t, () => {})
  for (const { origin } of [silent, slow, loop]) t.match((await refused(t, reader(t, late).read(`${origin}/`))).message, 'within 150 ms')
  await t.test('a resolver that never answers', async (t) => {
    t.match((await refused(t, reader(t, { ...late, resolve: silentResolver }).read('http://slow.example/'))).message, 'within 150 ms')
  })
})

t.test('an aborted signal ends a fetch with its own reason', async (t) => {
  const controller = new AbortController()
  const peer = await serveRaw(t, () => controller.abort(new Error('the client went away')))
  const { read } = reader(t, { allowPrivate: true })
  await t.rejects(read(`${peer.origin}/`, controller.signal), { message: 'the client went away' })

  const later = new AbortController()
  const body = await serve(t, (_request, response) => {
    response.write('a')
    later.abort(new Error('in the middle'))
  })
  await t.rejects(read(`${body.origin}/`, later.signal), { message: 'in the middle' })
})

t.test('an aborted fetch leaves no connection open', async (t) => {
  // The peer accepts the connection, and never starts TLS.
  const controller = new AbortController()
  const peer = await serveRaw(t, (socket) => {
    closed = once(socket, 'close')
    controller.abort(new Error('enough'))
  })
  let closed: Promise<unknown> | undefined
  await t.rejects(reader(t, { allowPrivate: true }).read(peer.origin.replace('http', 'https'), controller.signal), { message: 'enough' })
  await closed
  t.equal(peer.open(), 0)
})

t.test('close ends running fetches and refuses later ones', async (t) => {
  let arrived = (): void => {}
  const arrival = new Promise<void>((resolve) => { arrived = resolve })
  const peer = await serveRaw(t, () => arrived())
  const { read, close } = reader(t, { allowPrivate: true })
  const running = refused(t, read(`${peer.origin}/`), 'service_unavailable')
  await arrival
  await close()
  await running
  await refused(t, read(`${peer.origin}/`), 'service_unavailable')
  t.equal(peer.connections(), 1)
})

t.test('too many fetches at once are refused as overloaded', async (t) => {
  const { read, close } = reader(t, { allowPrivate: true, resolve: silentResolver })
  const running = Array.from({ length: 128 }, () => refused(t, read('http://slow.example/'), 'service_unavailable'))
  const { retryAfter } = await refused(t, read('http://slow.example/'), 'overloaded')
  t.equal(retryAfter, 1)
  await close()
  await Promise.all(running)
})

t.test('proxies of the environment are not used', async (t) => {
  const proxy = await serve(t, (_request, response) => response.end('proxied'))
  const peer = await serve(t, (_request, response) => response.end(IMAGE))
  for (const name of ['HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']) {
    const before = process.env[name]
    process.env[name] = proxy.origin
    t.teardown(() => {
      if (before === undefined) delete process.env[name]
      else process.env[name] = before
    })
  }
  t.strictSame(Buffer.from(await reader(t, { allowPrivate: true }).read(`${peer.origin}/`)), IMAGE)
  t.equal(proxy.connections(), 0)
})

t.test('a malformed list of hosts is refused when opening', async (t) => {
  t.throws(() => openUrlReader({ allowPrivate: false, allowedHosts: ['https://example.com'], maxBytes: 1, timeoutMs: 1, maxFetches: 1, log: memoryLog() }), { message: /URL_ALLOWED_HOSTS/ })
})
