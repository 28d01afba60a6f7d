import { timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'
import { type ApiKey, hashKey, type Scope } from '../src/config/api-keys.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The scope that a key needs here, where `scopeOf` would say another; `open` needs no key. */
    scope?: Scope | 'open'
  }
  interface FastifyInstance {
    /** The key that a request comes with; undefined when it has none, or an unknown one. */
    readonly apiKeyOf: (request: FastifyRequest) => ApiKey | undefined
  }
}

export interface ApiKeysOptions {
  /** No key is asked for when empty. */
  readonly keys: readonly ApiKey[]
}

/** Asks for a key on every route but the open ones. 404s are told without one: there is nothing to guard. */
export default fp<ApiKeysOptions>(async (fastify, { keys }) => {
  fastify.decorate('apiKeyOf', (request) => {
    const given = givenKey(request)
    return given === undefined ? undefined : find(keys, given)
  })
  if (keys.length === 0) return

  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404) return
    const { config, url = '' } = request.routeOptions
    const scope = config.scope ?? scopeOf(url)
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

/** The scope of a route by its path pattern, `open` for what anybody may see. A route nobody thought of needs `faces`. */
export function scopeOf (path: string): Scope | 'open' {
  if (path === '/' || path === '/health' || path === '/ready' || path === '/docs' || path.startsWith('/docs/')) return 'open'
  if (path === '/metrics') return 'metrics'
  if (path === '/api/v1/models' || path.startsWith('/api/v1/models/')) return 'models'
  return 'faces'
}

function givenKey ({ headers }: FastifyRequest): string | undefined {
  const own = headers['x-api-key']
  if (typeof own === 'string') return own
  return /^bearer +(.+)$/i.exec(headers.authorization ?? '')?.[1]?.trim()
}

/** Looks at all keys, and at hashes only, so that time tells neither which key is near nor how near. */
function find (keys: readonly ApiKey[], given: string): ApiKey | undefined {
  const sha256 = hashKey(given)
  return keys.reduce<ApiKey | undefined>((found, key) => timingSafeEqual(key.sha256, sha256) ? key : found, undefined)
}

interface Document {
  readonly components?: object
  readonly paths?: Readonly<Record<string, object | undefined>>
}

/**
 * `document` with the two ways to send a key. Every operation that is not open takes one; where `areAsked` is false it may be left
 * out, since the committed document serves those who run the service with keys too.
 */
export function withApiKeys<Doc extends Document> (document: Doc, areAsked: boolean): Doc {
  const { components = {}, paths = {} } = document
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'One of API_KEYS.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'One of API_KEYS.' }
      }
    },
    security: [...(areAsked ? [] : [{}]), { apiKey: [] }, { bearer: [] }],
    paths: Object.fromEntries(Object.entries(paths).map(([path, operations = {}]) => [path, scopeOf(path) === 'open'
      ? Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, { ...operation, security: [] }]))
      : operations]))
  }
}
