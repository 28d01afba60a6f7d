import t, { type Test } from 'tap'
import apiKeys, { scopeOf } from '../../plugins/api-keys.ts'
import { parseApiKeys } from '../../src/config/api-keys.ts'
import { bare } from './bare.ts'

const ALL = 'all-0123456789abcdef'
const FACES = 'faces-0123456789abcdef'
const READS = 'reads-0123456789+/=='

async function build (t: Test, keys: string | undefined) {
  const fastify = bare(t)
  await fastify.register(apiKeys, { keys: parseApiKeys(keys) })
  for (const url of ['/', '/health', '/ready', '/docs', '/docs/json', '/metrics', '/api/v1/models', '/new']) fastify.get(url, async () => 'ok')
  fastify.post('/api/v1/verify', async () => 'ok')
  return fastify
}

t.test('a key opens what its scopes say', async (t) => {
  const fastify = await build(t, `${ALL}, ${FACES}:faces,${READS}:models+metrics,`)
  const status = async (method: 'GET' | 'POST', url: string, key?: string) => (await fastify.inject({ method, url, headers: key === undefined ? {} : { 'x-api-key': key } })).statusCode
  for (const url of ['/', '/health', '/ready', '/docs', '/docs/json']) t.equal(await status('GET', url), 200, `${url} is open`)
  t.equal(await status('GET', '/nothing'), 404, 'nothing to guard')

  const table: Array<['GET' | 'POST', string, number, number]> = [
    ['POST', '/api/v1/verify', 200, 403],
    ['GET', '/new', 200, 403],
    ['GET', '/api/v1/models', 403, 200],
    ['GET', '/metrics', 403, 200]
  ]
  for (const [method, url, faces, reads] of table) {
    t.equal(await status(method, url), 401, `${url} without a key`)
    t.equal(await status(method, url, ALL), 200, `${url} with all scopes`)
    t.equal(await status(method, url, FACES), faces, `${url} with faces`)
    t.equal(await status(method, url, READS), reads, `${url} with models and metrics`)
    for (const wrong of ['', 'x', `${ALL} `.trim() + 'x', ALL.slice(0, -1), `${ALL}:faces`, ALL.toUpperCase(), `${ALL},${FACES}`]) t.equal(await status(method, url, wrong), 401, `${url} with a wrong key`)
  }
})

t.test('a key comes in either header', async (t) => {
  const fastify = await build(t, `${ALL},${READS}`)
  const status = async (headers: Record<string, string>) => (await fastify.inject({ url: '/metrics', headers })).statusCode
  t.equal(await status({ authorization: `Bearer ${ALL}` }), 200)
  t.equal(await status({ authorization: `bearer   ${READS}` }), 200)
  t.equal(await status({ authorization: ALL }), 401)
  t.equal(await status({ authorization: `Basic ${ALL}` }), 401)
  t.equal(await status({ authorization: 'Bearer' }), 401)
  t.equal(await status({ 'x-api-key': 'wrong', authorization: `Bearer ${ALL}` }), 401, 'X-API-Key goes first')
})

t.test('a refusal says what to do, and names no key', async (t) => {
  const fastify = await build(t, `${FACES}:faces`)
  const none = await fastify.inject('/metrics')
  t.equal(none.json().error_code, 'unauthorized')
  t.equal(none.headers['www-authenticate'], 'Bearer realm="visage"')
  const unknown = await fastify.inject({ url: '/metrics', headers: { 'x-api-key': 'guess-0123456789' } })
  t.equal(unknown.json().error_code, 'unauthorized')
  t.match(unknown.headers['www-authenticate'], 'error="invalid_token"')
  const poor = await fastify.inject({ url: '/metrics', headers: { 'x-api-key': FACES } })
  t.equal(poor.json().error_code, 'forbidden')
  t.match(poor.json().message, 'metrics')
  t.match(poor.headers['www-authenticate'], 'error="insufficient_scope", scope="metrics"')
  for (const { payload } of [none, unknown, poor]) t.notMatch(payload, /0123456789/)
})

t.test('without keys all is open', async (t) => {
  for (const none of [undefined, '', ' , ']) {
    const fastify = await build(t, none)
    t.equal((await fastify.inject('/metrics')).statusCode, 200)
    t.equal((await fastify.inject({ url: '/metrics', headers: { 'x-api-key': 'any' } })).statusCode, 200)
  }
})

t.test('every path has a scope', async (t) => {
  t.equal(scopeOf('/docs/static/*'), 'open')
  t.equal(scopeOf('/docsx'), 'faces')
  t.equal(scopeOf('/api/v1/models/:name'), 'models')
  t.equal(scopeOf('/api/v1/modelsx'), 'faces')
  t.equal(scopeOf('/healthx'), 'faces')
  t.equal(scopeOf('*'), 'faces')
  t.equal(scopeOf(''), 'faces')
})
