import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import { type Attack, DEFAULT_BOUNDS } from '../../tools/siege/attack.ts'
import { attacks } from '../../tools/siege/catalogue.ts'
import { isNear } from '../../tools/siege/is-near.ts'
import { judgeAnswers } from '../../tools/siege/judge.ts'
import { JSON_TYPE, post } from '../../tools/siege/requests.ts'
import { runSiege } from '../../tools/siege/run-siege.ts'

t.test('a service that breaks bounds is found out', async (t) => {
  const server = createServer((request, response) => {
    if (request.url === '/health' || request.url === '/metrics') return response.end('visage_workers 1\nprocess_resident_memory_bytes 2e9\n')
    request.resume().on('end', () => response.writeHead(request.url === '/wrong' ? 500 : 200).end('{"message":"It broke."}'))
  }).listen(0, '127.0.0.1')
  t.teardown(() => server.close())
  await once(server, 'listening')
  const attack: Attack = { name: 'a', sends: 'one request', run: async (target) => [await post(target, '/wrong', JSON_TYPE, '{}'), await post(target, '/right', JSON_TYPE, '{}')] }
  const target = { origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`), headers: {}, photo: Buffer.alloc(10) }
  const [result] = await runSiege({ target, attacks: [attack], seconds: 60, rounds: 1, holdUp: 3000, memory: 1e9 })
  t.match(result, { statuses: '500, 200', broken: ['1 of 2: status 500: It broke.', 'the service took 2000 MB, more than 1000'] })
})

t.test('answers are judged by their bounds', async (t) => {
  const good = { status: 200, answered: 1, closed: 1, body: '' }
  const judge = (answer: Partial<typeof good>, bounds: object = {}) => judgeAnswers([{ ...good, ...answer }], { ...DEFAULT_BOUNDS, ...bounds })
  t.strictSame(judge({}), [])
  t.strictSame(judge({ status: 504, body: '{"message":"Too \\"slow\\"."}' }), ['1 of 1: status 504: Too \\"slow\\".'])
  t.strictSame(judge({ answered: 36 }), ['1 of 1: answered after more than 35 s'])
  t.strictSame(judge({ closed: Infinity }), ['1 of 1: not closed within 45 s'])
  t.strictSame(judge({ status: 0 }), ['1 of 1: closed without an answer'])
  t.strictSame(judge({ status: 0, closed: Infinity }, { maybeSilent: true }), ['1 of 1: no answer, and not closed'])
  t.strictSame(judge({ status: 0 }, { maybeSilent: true }), [])
})

t.test('only this machine and inner networks are attacked without being asked twice', async (t) => {
  for (const host of ['127.0.0.1', '[::1]', 'localhost', '10.1.2.3', '192.168.0.1', '172.31.0.1']) t.ok(await isNear(host), host)
  for (const host of ['203.0.113.1', '172.32.0.1', '[2001:db8::1]']) t.notOk(await isNear(host), host)
})

t.test('each attack has a name of its own', async (t) => {
  t.equal(new Set(attacks.map(({ name }) => name)).size, attacks.length)
})
