import cors from '@fastify/cors'
import fp from 'fastify-plugin'

export interface CorsOptions {
  /** Origins whose pages may call the service, as browsers write them, or `*` for all; none when empty. */
  readonly origins: readonly string[]
}

/** What a page may send, besides what every page may. */
const REQUEST_HEADERS = ['Authorization', 'Content-Type', 'Idempotency-Key', 'X-API-Key', 'X-Request-Id']
/** What a page may read, besides what every page may. */
const RESPONSE_HEADERS = ['Retry-After', 'RateLimit-Limit', 'RateLimit-Remaining', 'RateLimit-Reset', 'X-Request-Id', 'X-Response-Time-Ms']

/**
 * Lets pages of other origins call the service. Nothing is sent with cookies, so `*` gives away no more than any program can ask for.
 *
 * Register it before what refuses requests: preflights carry no key, and a page can read a refusal only with these headers.
 */
export default fp<CorsOptions>(async (fastify, { origins }) => {
  if (origins.length === 0) return
  await fastify.register(cors, {
    origin: origins.includes('*') ? '*' : [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    allowedHeaders: REQUEST_HEADERS,
    exposedHeaders: RESPONSE_HEADERS,
    // Two hours, the most that Chromium takes.
    maxAge: 7200,
    // OPTIONS without a preflight's headers is answered as one, and not with a text of another shape than our errors.
    strictPreflight: false
  })
}, { name: 'cors' })
