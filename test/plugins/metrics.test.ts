import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect } from 'node:net'
import t, { type Test } from 'tap'
import metrics, { type MetricsOptions } from '../../plugins/metrics.ts'
import { FaceError } from '../../src/errors.ts'
import { build as buildApp } from '../build.ts'
import { bare } from './bare.ts'

async function build (t: Test, options: MetricsOptions = { enabled: true }) {
  const fastify = bare(t)
  // Refuses before the plugin sees the request, as others in front of it do.
  fastify.addHook('onRequest', async (request) => {
    if (request.headers['x-refuse']) throw new FaceError('rate_limited', 'no')
  })
  await fastify.register(metrics, options)
  fastify.get('/faces/:name', async () => 'ok')
  fastify.post('/broken', async () => { throw new FaceError('deepface_error', 'broken') })
  return fastify
}

/** The value of a sample; undefined when there is none. */
const sample = (text: string, name: string): string | undefined =>
  text.split('\n').find((line) => line.startsWith(`${name} `))?.slice(name.length + 1)

const count = (method: string, route: string, status: number) => `http_request_duration_seconds_count{method="${method}",route="${route}",status_code="${status}"}`

t.test('requests are counted by route, method and status', async (t) => {
  const fastify = await build(t)
  for (const name of ['a', 'b', 'c?x=1']) await fastify.inject(`/faces/${name}`)
  await fastify.inject({ method: 'POST', url: '/broken' })
  await fastify.inject('/made/up/1')
  await fastify.inject('/made/up/2')
  await fastify.inject({ url: '/faces/d', headers: { 'x-refuse': '1' } })
  const { statusCode, headers, payload } = await fastify.inject('/metrics')
  t.equal(statusCode, 200)
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/)
  t.equal(sample(payload, count('GET', '/faces/:name', 200)), '3')
  t.equal(sample(payload, count('POST', '/broken', 500)), '1')
  t.equal(sample(payload, count('GET', '(none)', 404)), '2')
  t.equal(sample(payload, count('GET', '/faces/:name', 429)), '1', 'what others refuse first counts too')
  t.equal(sample(payload, 'http_requests_in_flight'), '1', 'this one')
  t.notMatch(payload, /made|x=1|faces\/a/, 'no label holds a URL')
  t.match(payload, /^process_resident_memory_bytes \d/m)
  t.match(payload, /^nodejs_eventloop_lag_p99_seconds /m)
  for (const line of payload.split('\n')) t.match(line, /^(#.*|[a-z_:]+[a-z0-9_:]*(\{.*\})? \S+|)$/i)
})

t.test('the load of the workers, when it is known', async (t) => {
  let waiting = 3
  const fastify = await build(t, { enabled: true, load: () => ({ workers: 4, busy: 2, waiting }) })
  const first = (await fastify.inject('/metrics')).payload
  t.equal(sample(first, 'visage_workers'), '4')
  t.equal(sample(first, 'visage_workers_busy'), '2')
  t.equal(sample(first, 'visage_queue_waiting'), '3')
  waiting = 0
  t.equal(sample((await fastify.inject('/metrics')).payload, 'visage_queue_waiting'), '0', 'asked for anew')
  t.notMatch((await (await build(t)).inject('/metrics')).payload, 'visage_')
})

t.test('every app has its own numbers', async (t) => {
  const [one, two] = [await build(t), await build(t)]
  await one.inject('/faces/a')
  t.equal(sample((await one.inject('/metrics')).payload, count('GET', '/faces/:name', 200)), '1')
  t.equal(sample((await two.inject('/metrics')).payload, count('GET', '/faces/:name', 200)), undefined)
  await one.close()
  t.equal((await two.inject('/metrics')).statusCode, 200)
})

t.test('a client that goes away leaves nothing in flight', async (t) => {
  const fastify = await build(t)
  let arrived = (): void => {}
  let gone = (): void => {}
  const arrival = new Promise<void>((resolve) => { arrived = resolve })
  const departure = new Promise<void>((resolve) => { gone = resolve })
  fastify.get('/slow', (_request, reply) => {
    reply.raw.once('close', gone)
    arrived()
    // Never answers.
    return new Promise(() => {})
  })
  await fastify.listen({ port: 0, host: '127.0.0.1' })
  const socket = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  socket.write('GET /slow HTTP/1.1\r\nHost: here\r\n\r\n')
  await arrival
  t.equal(sample((await fastify.inject('/metrics')).payload, 'http_requests_in_flight'), '2')
  socket.destroy()
  await departure
  const { payload } = await fastify.inject('/metrics')
  t.equal(sample(payload, 'http_requests_in_flight'), '1')
  t.equal(sample(payload, count('GET', '/slow', 499)), '1')
})

t.test('off', async (t) => {
  const fastify = await build(t, { enabled: false })
  t.equal((await fastify.inject('/metrics')).statusCode, 404)
})

t.test('every metric of ours is documented', async (t) => {
  const app = await buildApp(t)
  const { payload } = await app.inject('/metrics')
  const names = [...payload.matchAll(/^# TYPE ((?:http|visage)_\w+)/gm)].map(([, name]) => name!)
  const documented = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8')
  t.ok(names.length > 7)
  for (const name of names) t.ok(documented.includes(`\`${name}\``), name)
})
