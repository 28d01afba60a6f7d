import cors from '@fastify/cors'
import fp from 'fastify-plugin'

export interface CorsOptions {
  /** Origins whose pages may call the service, as browsers write them, or `*` for all; none when empty. */
  readonly origins: readonly string[]
}

/** Request headers that a page may send besides the CORS-safelisted ones. */
const REQUEST_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Key', 'X-Request-Id']
/** Response headers that a page may read besides the CORS-safelisted ones: all that the service sets, except those of the connection. */
export const RESPONSE_HEADERS = [
  'Allow', 'Collection-Version', 'Content-Disposition', 'Idempotent-Replayed', 'Location', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'Retry-After',
  'WWW-Authenticate', 'X-Request-Id', 'X-Response-Time-Ms'
]

/**
 * Lets pages of other origins call the service. Requests carry no cookies, so `*` exposes no more than any program can ask for.
 *
 * Register it before the plugins that refuse requests: preflights carry no key, and a page can read a refusal only with these headers.
 */
export default fp<CorsOptions>(async (fastify, { origins }) => {
  if (origins.length === 0) return
  await fastify.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    // Two hours, Chromium's maximum.
    maxAge: 7200,
    // OPTIONS without preflight headers is answered as a preflight, not with a text that has another shape than our errors.
    strictPreflight: false
  })
}, { name: 'cors' })
