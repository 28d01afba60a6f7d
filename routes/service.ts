import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { endpoint } from '../src/schemas/endpoint.ts'
import { VERSION } from '../src/version.ts'

const index = endpoint({
  operationId: 'getServiceInfo',
  tags: ['service'],
  summary: 'What this service is and where its endpoints are',
  description: 'Name and version, where the document and the endpoints are.',
  response: Type.Object({
    success: Type.Boolean(),
    service: Type.String(),
    version: Type.String(),
    docs: Type.String(),
    endpoints: Type.Array(Type.String())
  }, { title: 'ServiceInfo', examples: [{ success: true, service: 'Visage', version: VERSION, docs: '/docs', endpoints: ['GET /health', 'POST /api/v1/verify'] }] })
})

const health = endpoint({
  operationId: 'getHealth',
  tags: ['service'],
  summary: 'Does the process live?',
  description: 'For liveness probes. Says nothing of models; see /ready.',
  response: Type.Object({
    status: Type.Unsafe<'ok'>({ type: 'string', enum: ['ok'] }),
    version: Type.String()
  }, { title: 'Health', examples: [{ status: 'ok', version: VERSION }] })
})

const Readiness = Type.Object({
  success: Type.Boolean(),
  status: Type.Unsafe<'ready' | 'not ready'>({ type: 'string', enum: ['ready', 'not ready'] }),
  missing: Type.Array(Type.String(), { description: 'What stands in the way, in sentences.' }),
  provider: Type.Unsafe<'cpu' | 'cuda'>({ type: 'string', enum: ['cpu', 'cuda'], description: 'Where inference runs.' }),
  workers: Type.Integer({ description: 'Inference workers.' })
}, { title: 'Readiness', examples: [{ success: true, status: 'ready', missing: [], provider: 'cpu', workers: 2 }] })

const ready = endpoint({
  operationId: 'getReadiness',
  tags: ['service'],
  summary: 'Can the service take work?',
  description: 'For readiness probes: 503 while workers are missing or the service shuts down.',
  response: Readiness,
  errors: ['not_acceptable', 'rate_limited', 'internal_error', 'timeout'],
  responses: { 503: { ...Readiness, description: 'Not now; `missing` says why.' } }
})

/** The service itself: `/`, `/health` and `/ready`. */
const service: FastifyPluginAsyncTypebox = async (fastify) => {
  const endpoints: string[] = []
  fastify.addHook('onReady', async () => {
    const { paths = {} } = fastify.swagger()
    endpoints.push(...Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations ?? {}).map((method) => `${method.toUpperCase()} ${path}`)))
  })

  fastify.get('/', index, async () => ({ success: true, service: 'Visage', version: VERSION, docs: '/docs', endpoints }))

  fastify.get('/health', health, async () => ({ status: 'ok' as const, version: VERSION }))

  fastify.get('/ready', ready, async (_request, reply) => {
    const { faceEngine } = fastify
    const { provider, workers } = faceEngine
    const missing = [...faceEngine.missing(), ...await fastify.collections.missing(), ...(fastify.draining() ? ['The service is shutting down.'] : [])]
    const isReady = missing.length === 0
    reply.code((isReady ? 200 : 503) as 200)
    return { success: isReady, status: isReady ? 'ready' as const : 'not ready' as const, missing, provider, workers }
  })
}

export default service
