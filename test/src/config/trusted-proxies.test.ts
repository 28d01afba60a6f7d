import t from 'tap'
import { parseProxies } from '../../../src/config/trusted-proxies.ts'

t.test('parseProxies', async (t) => {
  t.equal(parseProxies(), false)
  for (const yes of ['true', 'Yes', 'ON']) t.equal(parseProxies(yes), true, yes)
  for (const no of ['false', 'no', 'Off', '0']) t.equal(parseProxies(no), false, no)
  t.equal(parseProxies('1'), 1, 'a number counts hops')
  t.equal(parseProxies('2'), 2)
  t.strictSame(parseProxies('10.0.0.0/8, 127.0.0.1,loopback, fd00::/8'), ['10.0.0.0/8', '127.0.0.1', 'loopback', 'fd00::/8'])
  for (const wrong of ['proxy.example.com', '10.0.0.0/33', '10.0.0.0/', '-1', '1.5', '10.0.0.1 10.0.0.2']) {
    t.throws(() => parseProxies(`127.0.0.1, ${wrong}`), { name: 'ConfigError', message: `TRUST_PROXY holds ${JSON.stringify(wrong)}; it must be true, false, a number of hops` }, wrong)
  }
})
