import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import apiKeys from '../../plugins/api-keys.ts'
import cors, { RESPONSE_HEADERS } from '../../plugins/cors.ts'
import { parseApiKeys } from '../../src/config/api-keys.ts'
import { bare } from './bare.ts'

const PAGE = 'https://app.example.com'

async function build (t: Test, origins: readonly string[]) {
  const fastify = bare(t)
  await fastify.register(cors, { origins })
  await fastify.register(apiKeys, { keys: parseApiKeys('key-0123456789abcdef') })
  fastify.post('/api/v1/verify', async () => 'ok')
  const headers = (origin: string | undefined) => origin === undefined ? {} : { origin }
  return {
    post: (origin?: string) => fastify.inject({ method: 'POST', url: '/api/v1/verify', headers: headers(origin) }),
    preflight: (origin?: string) => fastify.inject({ method: 'OPTIONS', url: '/api/v1/verify', headers: { ...headers(origin), 'access-control-request-method': 'POST', 'access-control-request-headers': 'content-type,x-api-key' } })
  }
}

t.test('off without origins', async (t) => {
  const { post, preflight } = await build(t, [])
  t.notOk('access-control-allow-origin' in (await post(PAGE)).headers)
  t.equal((await preflight(PAGE)).statusCode, 404)
})

t.test('a listed origin may call, and read what it needs of the answer', async (t) => {
  const { post, preflight } = await build(t, [PAGE, 'http://localhost:3000'])
  for (const origin of [PAGE, 'http://localhost:3000']) {
    const asked = await preflight(origin)
    t.equal(asked.statusCode, 204, 'before any key is asked for')
    t.equal(asked.headers['access-control-allow-origin'], origin)
    t.match(asked.headers['access-control-allow-methods'], 'POST')
    t.match(asked.headers['access-control-allow-headers'], 'X-API-Key')
    t.match(asked.headers['access-control-allow-headers'], 'Content-Type')
    t.notOk('access-control-allow-credentials' in asked.headers)

    const answer = await post(origin)
    t.equal(answer.statusCode, 401, 'a refusal can be read too')
    t.equal(answer.headers['access-control-allow-origin'], origin)
    for (const name of ['X-Request-Id', 'X-Response-Time-Ms', 'Retry-After', 'RateLimit-Remaining']) t.match(answer.headers['access-control-expose-headers'], name)
    t.match(answer.headers['vary'], 'Origin')
  }
})

t.test('another origin may not', async (t) => {
  const { post, preflight } = await build(t, [PAGE])
  for (const origin of ['https://evil.example', 'http://app.example.com', `${PAGE}.evil.example`, 'null', undefined]) {
    t.notOk('access-control-allow-origin' in (await post(origin)).headers, origin ?? 'none')
    t.notOk('access-control-allow-origin' in (await preflight(origin)).headers)
  }
})

t.test('* lets all call', async (t) => {
  const { post, preflight } = await build(t, [PAGE, '*'])
  t.equal((await post('https://any.example')).headers['access-control-allow-origin'], '*')
  t.equal((await preflight('https://any.example')).headers['access-control-allow-origin'], '*')
})

t.test('every header that the service sets can be read by a page, except those of the connection', async (t) => {
  const sources = ['plugins', 'routes'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.ts')).map((path) => readFileSync(join(folder, path), 'utf8')))
  const set = sources.flatMap((text) => [...text.matchAll(/\.headers?\((?:'([a-z-]+)'|\{([^}]*)\})/g)])
    .flatMap(([, name, names]) => name ?? [...names!.matchAll(/'([a-z-]+)':/g)].map(([, each]) => each!))
  t.ok(['collection-version', 'idempotent-replayed', 'retry-after', 'x-request-id'].every((name) => set.includes(name)), 'they are found in the sources')
  const exposed = RESPONSE_HEADERS.map((name) => name.toLowerCase())
  // Pages may read Content-Length anyway: it is CORS-safelisted (Fetch standard).
  const others = ['connection', 'content-length', 'x-content-type-options']
  for (const name of new Set(set)) t.ok(exposed.includes(name) || others.includes(name), name)
})
