import rateLimit, { normalizeIP } from '@fastify/rate-limit'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError } from '../src/errors.ts'
import type { Rate } from '../src/config/rate-limit.ts'

export interface RateLimitOptions {
  /** Unlimited when undefined. */
  readonly rate?: Rate | undefined
}

/** Keys and addresses that are counted at once; the least recently seen are forgotten first. */
const MOST_CLIENTS = 10_000

/** Probes are frequent, and a busy service must not look dead. */
const UNLIMITED = new Set(['/health', '/ready'])

/**
 * Limits the requests of a client: an API key, else an address (for IPv6 its /64 network, which one customer gets). Unknown keys count
 * for the address, so that keys cannot be guessed without limit.
 *
 * Register it before `api-keys`, whose refusals must count too.
 */
export default fp<RateLimitOptions>(async (fastify, { rate }) => {
  if (!rate) return
  await fastify.register(rateLimit, {
    global: false,
    max: rate.max,
    timeWindow: rate.windowMs,
    cache: MOST_CLIENTS,
    enableDraftSpec: true,
    keyGenerator: clientOf,
    allowList: ({ routeOptions }) => UNLIMITED.has(routeOptions.url ?? ''),
    errorResponseBuilder: (_request, { ttl }) => rateLimited(Math.max(1, Math.ceil(ttl / 1000)))
  })
  // An instance hook: route hooks would run after all other plugins, and never for a 404.
  fastify.addHook('onRequest', fastify.rateLimit())
}, { name: 'rate-limit' })

function clientOf (request: FastifyRequest): string {
  const key = request.server.hasDecorator('apiKeyOf') ? request.server.apiKeyOf(request) : undefined
  return key ? `key ${key.id}` : normalizeIP(request.ip)
}

const rateLimited = (seconds: number): FaceError =>
  new FaceError('rate_limited', `Too many requests. Try again after ${seconds} s.`, { retryAfter: seconds })
