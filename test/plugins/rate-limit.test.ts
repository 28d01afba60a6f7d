import t, { type Test } from 'tap'
import apiKeys from '../../plugins/api-keys.ts'
import rateLimit from '../../plugins/rate-limit.ts'
import { parseApiKeys } from '../../src/config/api-keys.ts'
import { parseRate } from '../../src/config/rate-limit.ts'
import { bare } from './bare.ts'

const KEY = 'one-0123456789abcdef'
const OTHER = 'two-0123456789abcdef'

async function build (t: Test, rate: string | undefined, keys = '') {
  const fastify = bare(t, { trustProxy: true })
  await fastify.register(rateLimit, { rate: parseRate(rate) })
  await fastify.register(apiKeys, { keys: parseApiKeys(keys) })
  for (const url of ['/health', '/ready', '/a', '/b']) fastify.get(url, async () => 'ok')
  return (url: string, headers: Record<string, string> = {}) => fastify.inject({ url, headers })
}

t.test('an address has its rate, over all routes', async (t) => {
  const get = await build(t, '3/day')
  const first = await get('/a')
  t.equal(first.statusCode, 200)
  t.equal(first.headers['ratelimit-limit'], '3')
  t.equal(first.headers['ratelimit-remaining'], '2')
  t.ok(Number(first.headers['ratelimit-reset']) > 86_000)
  t.equal((await get('/b')).headers['ratelimit-remaining'], '1')
  t.equal((await get('/nothing')).statusCode, 404, 'what does not exist counts too')
  const refused = await get('/a')
  t.equal(refused.statusCode, 429)
  t.equal(refused.json().error_code, 'rate_limited')
  t.ok(Number(refused.headers['retry-after']) > 86_000, 'in seconds')
  t.match(refused.json().message, `after ${refused.headers['retry-after']} s`)
  t.equal(refused.headers['ratelimit-limit'], '3')
  t.equal(refused.headers['ratelimit-remaining'], '0')
  t.ok(refused.headers['ratelimit-reset'])
})

t.test('probes are not limited', async (t) => {
  const get = await build(t, '1/day')
  for (const url of ['/health', '/ready', '/health', '/ready', '/health?x=1']) {
    const { statusCode, headers } = await get(url)
    t.equal(statusCode, 200)
    t.notOk('ratelimit-limit' in headers)
  }
  t.equal((await get('/a')).statusCode, 200)
  t.equal((await get('/a')).statusCode, 429)
  t.equal((await get('/health')).statusCode, 200)
})

t.test('clients are told apart by address', async (t) => {
  const get = await build(t, '1/day')
  const from = async (address: string) => (await get('/a', { 'x-forwarded-for': address })).statusCode
  t.equal(await from('192.0.2.1'), 200)
  t.equal(await from('192.0.2.2'), 200)
  t.equal(await from('192.0.2.1'), 429)
  t.equal(await from('2001:db8:0:1::1'), 200)
  t.equal(await from('2001:db8:0:1:ffff::2'), 429, 'the same /64')
  t.equal(await from('2001:db8:0:2::1'), 200)
})

t.test('a key counts for itself, an unknown one for its address', async (t) => {
  const get = await build(t, '2/day', `${KEY},${OTHER}`)
  const status = async (key: string, address: string) => (await get('/a', { 'x-api-key': key, 'x-forwarded-for': address })).statusCode
  t.equal(await status(KEY, '192.0.2.1'), 200)
  t.equal(await status(KEY, '192.0.2.2'), 200)
  t.equal(await status(KEY, '192.0.2.3'), 429, 'wherever it comes from')
  t.equal(await status(OTHER, '192.0.2.1'), 200)
  t.equal(await status('guess-0000000000001', '192.0.2.9'), 401)
  t.equal(await status('guess-0000000000002', '192.0.2.9'), 401)
  t.equal(await status('guess-0000000000003', '192.0.2.9'), 429, 'keys cannot be tried without end')
  t.equal(await status(OTHER, '192.0.2.9'), 200, 'a right one is not in their shadow')
})

t.test('no rate, no limit', async (t) => {
  for (const none of [undefined, '']) {
    const get = await build(t, none)
    for (let i = 0; i < 50; i++) t.notOk('ratelimit-limit' in (await get('/a')).headers)
  }
})
