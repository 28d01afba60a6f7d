import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openResolver, type ResolverOptions } from '../../../src/intake/resolve.ts'
import { addressesIn, namesToAsk, searchIn } from '../../../src/intake/resolver-files.ts'
import { dnsServer, type Zone } from '../../fixtures/dns-server.ts'

const NEVER = new AbortController().signal

/** A resolver of `zone` and of files with the given texts. */
async function resolverOf (t: Test, zone: Zone, { hosts = '', config = '', ...options }: Partial<ResolverOptions> & { hosts?: string, config?: string } = {}) {
  const { address, asked } = await dnsServer(t, zone)
  const folder = t.testdir({ hosts, 'resolv.conf': config })
  const resolve = openResolver({ servers: [address], hostsFile: `${folder}/hosts`, configFile: `${folder}/resolv.conf`, ...options })
  return { asked, resolve: async (name: string, signal = NEVER) => (await resolve(name, signal)).map(({ address, family }) => `${family} ${address}`) }
}

t.test('all addresses of a name are found, IPv4 first', async (t) => {
  const { resolve } = await resolverOf(t, { 'both.example': { ipv4: '192.0.2.1', ipv6: '2001:db8::1' }, 'four.example': { ipv4: '192.0.2.2' }, 'six.example': { ipv6: '2001:db8::2' } })
  t.strictSame(await resolve('both.example'), ['4 192.0.2.1', '6 2001:db8::1'])
  t.strictSame(await resolve('FOUR.example'), ['4 192.0.2.2'])
  t.strictSame(await resolve('six.example'), ['6 2001:db8::2'])
  await t.rejects(resolve('none.example'), { message: /none\.example/ })
})

t.test('the hosts file comes before DNS', async (t) => {
  const { resolve, asked } = await resolverOf(t, { 'store.example': { ipv4: '192.0.2.1' } }, {
    hosts: '10.0.0.1 store.example store # ours\n10.0.0.2\tSTORE.example\n#10.0.0.3 store.example\n10.0.0.4 other.store.example store.example.org\nfd00::1 store.example\r\n'
  })
  t.strictSame(await resolve('store.example'), ['4 10.0.0.1', '4 10.0.0.2', '6 fd00::1'])
  t.strictSame(await resolve('Store'), ['4 10.0.0.1'])
  t.strictSame(asked(), [])
})

t.test('localhost never leaves the machine, also without a hosts file', async (t) => {
  const { resolve, asked } = await resolverOf(t, { localhost: { ipv4: '192.0.2.1' } }, { hostsFile: '/nowhere', configFile: '/nowhere' })
  for (const name of ['localhost', 'a.localhost']) t.strictSame(await resolve(name), ['4 127.0.0.1', '6 ::1'])
  t.strictSame(asked(), [])
})

t.test('search domains complete a name as in the C library', async (t) => {
  const zone = { 'minio.storage.svc.cluster.local': { ipv4: '10.0.0.1' }, minio: { ipv4: '10.0.0.2' }, 'images.example.com': { ipv4: '192.0.2.1' } }
  const kubernetes = await resolverOf(t, zone, { config: 'search storage.svc.cluster.local svc.cluster.local. .\noptions ndots:5 timeout:1\n' })
  t.strictSame(await kubernetes.resolve('minio'), ['4 10.0.0.1'])
  t.strictSame(await kubernetes.resolve('minio.storage'), ['4 10.0.0.1'])
  t.strictSame(await kubernetes.resolve('images.example.com'), ['4 192.0.2.1'])
  const docker = await resolverOf(t, zone, { config: 'nameserver 127.0.0.11\noptions ndots:0\n' })
  t.strictSame(await docker.resolve('minio'), ['4 10.0.0.2'])
  t.strictSame(docker.asked(), ['minio'])
})

t.test('files of the resolver are read as their manuals say', (t) => {
  t.strictSame(searchIn('domain a.example\nsearch b.example c.example. ; ours\n# search d.example\noptions rotate ndots:2 # and\noptions ndots:x'), { domains: ['b.example', 'c.example'], dots: 2 })
  t.strictSame(searchIn(''), { domains: [], dots: 1 })
  t.strictSame(namesToAsk('a.b', { domains: ['x'], dots: 1 }), ['a.b', 'a.b.x'])
  t.strictSame(namesToAsk('a', { domains: ['x'], dots: 1 }), ['a.x', 'a'])
  t.strictSame(addressesIn('nonsense a\n::1 a', 'a'), [{ address: '::1', family: 6 }])
  t.end()
})

t.test('a lost question is asked again; a server that never answers ends the search at its deadline, or when the caller goes', async (t) => {
  const { resolve } = await resolverOf(t, { 'silent.example': { silent: 'both' }, 'late.example': { ipv4: '192.0.2.1', after: 600 } }, { timeoutMs: 1_500 })
  t.strictSame(await resolve('late.example'), ['4 192.0.2.1'])
  const begin = performance.now()
  await t.rejects(resolve('silent.example'), { message: /not found in time/ })
  t.ok(performance.now() - begin > 1_000)
  const controller = new AbortController()
  const waiting = resolve('silent.example', controller.signal)
  setTimeout(() => controller.abort(new Error('gone')), 50)
  await t.rejects(waiting, { message: 'gone' })
})

t.test('a family whose question is not answered does not lose the other', async (t) => {
  const { resolve } = await resolverOf(t, { 'half.example': { ipv4: '192.0.2.1', silent: 'ipv6' } }, { timeoutMs: 500 })
  t.strictSame(await resolve('half.example'), ['4 192.0.2.1'])
})

t.test('the system is asked for what DNS does not know, one name at a time', async (t) => {
  let [running, most] = [0, 0]
  const system = async (name: string) => {
    most = Math.max(most, ++running)
    await sleep(name === 'stuck.local' ? 2_000 : 20)
    running--
    if (name === 'none.local') throw new Error('ENOTFOUND')
    return [{ address: '10.0.0.1', family: 4 }]
  }
  const { resolve } = await resolverOf(t, { 'known.local': { ipv4: '10.0.0.2' } }, { system, timeoutMs: 1_000 })
  t.strictSame(await Promise.all(['a.local', 'b.local', 'known.local'].map((name) => resolve(name))), [['4 10.0.0.1'], ['4 10.0.0.1'], ['4 10.0.0.2']])
  await t.rejects(resolve('none.local'), { message: 'ENOTFOUND' })
  const stuck = ['stuck.local', 'behind.local'].map((name) => t.rejects(resolve(name), { message: /not found in time/ }))
  t.strictSame(await resolve('known.local'), ['4 10.0.0.2'], 'others do not wait')
  await Promise.all(stuck)
  await sleep(1_500)
  t.strictSame(await resolve('a.local'), ['4 10.0.0.1'], 'nor for ever')
  t.equal(most, 1)
})
