import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'
import { type ApiKey, hashKey, type Scope } from '../src/config/api-keys.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The key that a request comes with; undefined when it has none, or an unknown one. */
    readonly apiKeyOf: (request: FastifyRequest) => ApiKey | undefined
  }
}

export interface ApiKeysOptions {
  /** No key is asked for when empty. */
  readonly keys: readonly ApiKey[]
}

/** Requires a key on every route except the open ones. A 404 needs none. */
export default fp<ApiKeysOptions>(async (fastify, { keys }) => {
  fastify.decorate('apiKeyOf', (request) => {
    const given = givenKey(request)
    return given === undefined ? undefined : find(keys, given)
  })
  if (keys.length === 0) return

  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const scope = scopeOf(request.routeOptions.url ?? '')
    if (scope === 'open') return
    const key = fastify.apiKeyOf(request)
    if (!key) {
      const given = givenKey(request) !== undefined
      reply.header('www-authenticate', `Bearer realm="visage"${given ? ', error="invalid_token"' : ''}`)
      throw new FaceError('unauthorized', `${given ? 'The API key is unknown' : 'This route needs an API key'}. Send one of API_KEYS as X-API-Key or as Authorization: Bearer.`)
    }
    if (!key.scopes.has(scope)) {
      reply.header('www-authenticate', `Bearer realm="visage", error="insufficient_scope", scope="${scope}"`)
      throw new FaceError('forbidden', `The API key lacks the scope ${scope}. Send one that has it.`)
    }
  })
}, { name: 'api-keys' })

/** Returns the scope that a route needs by its path pattern, or `open`. Routes that are not listed need `faces`. */
export function scopeOf (path: string): Scope | 'open' {
  if (path === '/' || path === '/health' || path === '/ready' || path === '/docs' || path === '/openapi.json' || path === '/openapi.yaml' || path.startsWith('/docs/')) return 'open'
  if (path === '/metrics') return 'metrics'
  if (path === '/api/v1/models' || path.startsWith('/api/v1/models/')) return 'models'
  return 'faces'
}

function givenKey ({ headers }: FastifyRequest): string | undefined {
  const own = headers['x-api-key']
  if (typeof own === 'string') return own
  return /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
}

/** Compares the hashes of all keys in constant time, so that timing reveals neither a key nor how close a guess is. */
function find (keys: readonly ApiKey[], given: string): ApiKey | undefined {
  const sha256 = hashKey(given)
  return keys.reduce<ApiKey | undefined>((found, key) => timingSafeEqual(key.sha256, sha256) ? key : found, undefined)
}
