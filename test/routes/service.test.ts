import t from 'tap'
import { VERSION } from '../../src/version.ts'
import { build } from '../build.ts'

t.test('/, /health and /ready', async (t) => {
  const app = await build(t)
  const get = async (url: string) => (await app.inject(url)).json()
  const index = await get('/')
  t.match(index, { success: true, service: 'Visage', version: VERSION, docs: '/docs' })
  const service = ['GET /health', 'GET /ready', 'GET /metrics', 'GET /api/v1/models']
  const faces = ['verify', 'analyze', 'represent', 'find', 'extract_faces'].map((path) => `POST /api/v1/${path}`)
  for (const endpoint of [...service, ...faces]) t.ok(index.endpoints.includes(endpoint), endpoint)
  t.strictSame(await get('/health'), { status: 'ok', version: VERSION })
  t.strictSame(await get('/ready'), { success: true, status: 'ready', missing: [], provider: 'cpu', workers: 1 })
})

t.test('not ready: 503 with what is missing, while the process lives', async (t) => {
  const app = await build(t, { engine: { missing: () => ['No worker is running.'] } })
  const response = await app.inject('/ready')
  t.equal(response.statusCode, 503)
  t.match(response.json(), { success: false, status: 'not ready', missing: ['No worker is running.'] })
  t.equal((await app.inject('/health')).statusCode, 200)
})

t.test('the document says how to send a key, and whether one is needed', async (t) => {
  const securityOf = async (env: NodeJS.ProcessEnv) => (await (await build(t, { env })).inject('/docs/json')).json().security
  t.strictSame(await securityOf({}), [{}, { apiKey: [] }, { bearer: [] }])
  t.strictSame(await securityOf({ API_KEYS: 'a-0123456789abcdef' }), [{ apiKey: [] }, { bearer: [] }])
})

t.test('without METRICS there is no /metrics', async (t) => {
  const app = await build(t, { env: { METRICS: 'false' } })
  t.equal((await app.inject('/metrics')).statusCode, 404)
})
