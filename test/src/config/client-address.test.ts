import type { IncomingMessage } from 'node:http'
import t from 'tap'
import { clientAddress } from '../../../src/config/client-address.ts'
import { parseProxies } from '../../../src/config/trusted-proxies.ts'
import { build } from '../../build.ts'

const of = (trusted: string, header: string | undefined, remoteAddress = '127.0.0.1') =>
  clientAddress(parseProxies(trusted))({ socket: { remoteAddress }, headers: { 'x-forwarded-for': header } } as unknown as IncomingMessage)

t.test('the client is the nearest sender that is not trusted, and is an address', async (t) => {
  const ROWS: ReadonlyArray<readonly [trusted: string, header: string | undefined, client: string | undefined, from?: string]> = [
    ['loopback', '192.0.2.1', '192.0.2.1'],
    ['loopback', '198.51.100.1, 192.0.2.1', '192.0.2.1'],
    ['loopback', '192.0.2.1, 127.0.0.1,::1', '192.0.2.1'],
    ['loopback', '192.0.2.1:4711', '192.0.2.1'],
    ['loopback', '[2001:DB8::1]:4711', '2001:db8::1'],
    ['loopback', '[2001:db8::1]', '2001:db8::1'],
    ['loopback', '2001:0db8:0:0::1', '2001:db8::1'],
    ['loopback', '::ffff:192.0.2.1', '192.0.2.1'],
    ['loopback', '::ffff:c000:201', '192.0.2.1'],
    ['loopback', 'for=192.0.2.1', '192.0.2.1'],
    ['loopback', 'For="[2001:db8::1]:4711";proto=https', '2001:db8::1'],
    ['loopback', '"192.0.2.1"', '192.0.2.1'],
    ['loopback', 'fe80::1%eth0', 'fe80::1'],
    ['loopback', 'whatever', '127.0.0.1'],
    ['loopback', 'unknown, _hidden, ', '127.0.0.1'],
    ['loopback', '', '127.0.0.1'],
    ['loopback', 'whatever, 192.0.2.1', '192.0.2.1'],
    ['loopback', '192.0.2.1, whatever', '192.0.2.1'],
    ['loopback', '192.0.2.1.5', '127.0.0.1'],
    ['loopback', '3221225985', '127.0.0.1'],
    ['loopback', '0300.0.2.1', '127.0.0.1'],
    ['loopback', Array(2_000).fill('127.0.0.1').join(','), '127.0.0.1'],
    ['loopback', '192.0.2.1', '192.0.2.1', '::ffff:127.0.0.1'],
    ['loopback', '192.0.2.1', undefined, '203.0.113.1'],
    ['loopback', undefined, undefined],
    ['10.0.0.0/8, 2001:db8:1::/48', '192.0.2.1, 2001:db8:1::7, 10.9.8.7', '192.0.2.1', '10.0.0.1'],
    ['203.0.113.1', '192.0.2.1', '192.0.2.1', '203.0.113.1'],
    ['true', '192.0.2.1, 198.51.100.1', '192.0.2.1'],
    ['true', 'whatever, 198.51.100.1:1', '198.51.100.1'],
    ['1', '192.0.2.1, 198.51.100.1', '198.51.100.1', '203.0.113.1'],
    ['2', '192.0.2.1, 198.51.100.1, _hidden', '198.51.100.1', '203.0.113.1'],
    ['1', '192.0.2.1, _hidden', '203.0.113.1', '203.0.113.1'],
    ['false', '192.0.2.1', undefined]
  ]
  for (const [trusted, header, client, from] of ROWS) t.equal(of(trusted, header, from), client, `${trusted}: ${header?.slice(0, 60)}`)
})

t.test('nothing in X-Forwarded-For is a way around the rate, and the log has the address that counts', async (t) => {
  const lines: any[] = []
  const stream = { write: (line: string) => { lines.push(JSON.parse(line)) } }
  const { loggerOptions } = await import('../../../src/config/logger-options.ts')
  const app = await build(t, { env: { RATE_LIMIT: '2/day', TRUST_PROXY: 'loopback' }, server: { logger: { ...loggerOptions({ LOG_LEVEL: 'info' }), stream } } })
  const from = async (header: string) => (await app.inject({ url: '/api/v1/models', headers: { 'x-forwarded-for': header } })).statusCode
  const NETWORKS: ReadonlyArray<readonly [client: string, spellings: readonly string[]]> = [
    ['127.0.0.1', ['junk-1', 'junk-2', 'unknown', '1.2.3', '']],
    ['192.0.2.1', ['192.0.2.1', '192.0.2.1:1', '192.0.2.1:2', '::ffff:192.0.2.1', 'for=192.0.2.1', 'junk-3, 192.0.2.1']],
    ['2001:db8::', ['2001:db8::1', '[2001:db8::2]:1', '[2001:db8::3]:2', 'for="[2001:db8::4]"']]
  ]
  for (const [client, spellings] of NETWORKS) {
    for (const [i, spelling] of spellings.entries()) t.equal(await from(spelling), i < 2 ? 200 : 429, `${client} as ${JSON.stringify(spelling)}`)
  }
  const logged = lines.flatMap(({ req }) => req ? [req.remoteAddress] : [])
  t.strictSame(new Set(logged), new Set(['127.0.0.1', '192.0.2.1', '2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8::4']))
})
