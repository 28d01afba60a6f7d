import { createHash, timingSafeEqual } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'

/** What a key may be used for: looking at pictures and whatever else has no scope of its own, listing models, reading metrics. */
export const SCOPES = ['faces', 'models', 'metrics'] as const
export type Scope = typeof SCOPES[number]

/** One key of API_KEYS. The key itself is not kept. */
export interface ApiKey {
  /** The first 12 hexadecimal digits of its sha256; safe to log. */
  readonly id: string
  readonly sha256: Buffer
  readonly scopes: ReadonlySet<Scope>
}

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
  const sha256 = hash(given)
  return keys.reduce<ApiKey | undefined>((found, key) => timingSafeEqual(key.sha256, sha256) ? key : found, undefined)
}

const hash = (key: string): Buffer => createHash('sha256').update(key).digest()

/** What can be guessed by asking is no key. */
const SHORTEST_KEY = 16
const LONGEST_KEY = 256

/**
 * The keys of API_KEYS: entries `key` or `key:scope+scope`, between commas where they come as one text. A key has 16 to 256 visible
 * ASCII characters other than comma and colon; without scopes it has all of them.
 * @throws {Error} that tells an entry by its number, never by its text.
 */
export function parseApiKeys (value: string | readonly string[] = []): ApiKey[] {
  const entries = (typeof value === 'string' ? value.split(',') : value).map((entry) => entry.trim()).filter((entry) => entry !== '')
  const keys = entries.map((entry, i) => {
    const wrong = (reason: string) => new Error(`API_KEYS: entry ${i + 1} ${reason}.`)
    const [key, scopes, ...rest] = entry.split(':') as [string, ...string[]]
    if (rest.length > 0) throw wrong('has more than one colon; it must be a key, or key:scope+scope')
    if (!/^[\x21-\x7e]+$/.test(key)) throw wrong('has a key with spaces or characters outside ASCII')
    if (key.length < SHORTEST_KEY || key.length > LONGEST_KEY) throw wrong(`has a key of ${key.length} characters; it must have ${SHORTEST_KEY} to ${LONGEST_KEY}`)
    const names = scopes?.split('+') ?? SCOPES
    // A wrong scope is not quoted: it may be part of a key that holds a colon.
    if (!names.every(isScope)) throw wrong(`has an unknown scope; scopes are ${SCOPES.join(', ')}, joined by +`)
    const sha256 = hash(key)
    return { id: sha256.toString('hex').slice(0, 12), sha256, scopes: new Set(names) }
  })
  keys.forEach(({ id }, i) => {
    const first = keys.findIndex((other) => other.id === id)
    if (first !== i) throw new Error(`API_KEYS: entry ${i + 1} repeats the key of entry ${first + 1}.`)
  })
  return keys
}

const isScope = (name: string): name is Scope => (SCOPES as readonly string[]).includes(name)

interface Document {
  readonly components?: object
  readonly paths?: Readonly<Record<string, object | undefined>>
}

/** `document` with the two ways to send a key, asked for on every operation that is not open. */
export function withApiKeys<Doc extends Document> (document: Doc): Doc {
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
    security: [{ apiKey: [] }, { bearer: [] }],
    paths: Object.fromEntries(Object.entries(paths).map(([path, operations = {}]) => [path, scopeOf(path) === 'open'
      ? Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, { ...operation, security: [] }]))
      : operations]))
  }
}
