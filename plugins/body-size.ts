import fp from 'fastify-plugin'
import { bodyTooLarge, validationError } from '../src/errors.ts'

/** More fields than any request has. */
const MOST_FIELDS = 64
/** Longer than any list of a request. */
const LONGEST_LIST = 10_000

/**
 * Refuses bodies by their Content-Length before a byte of them is read, and bodies of absurdly many parts before they are validated:
 * the validator tells all errors at once, and a body of 28 MB can hold nine million of them.
 */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    if (Number(headers['content-length'] ?? 0) <= routeOptions.bodyLimit) return
    // The body is on its way, and would have to be read to its end to reach the next request.
    reply.header('connection', 'close')
    throw bodyTooLarge(routeOptions.bodyLimit)
  })

  fastify.addHook('preValidation', async ({ body }) => {
    if (typeof body !== 'object' || body === null) return
    const entries = Object.entries(body)
    if (entries.length > MOST_FIELDS) throw validationError([{ field: '', msg: `The body must have at most ${MOST_FIELDS} fields` }])
    const long = entries.filter(([, value]) => Array.isArray(value) && value.length > LONGEST_LIST)
    if (long.length > 0) throw validationError(long.map(([field]) => ({ field: field.slice(0, 200), msg: `must have at most ${LONGEST_LIST} items` })))
  })
}, { name: 'body-size', dependencies: ['multipart'] })
