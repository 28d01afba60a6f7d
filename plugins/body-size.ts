import fp from 'fastify-plugin'
import { bodyTooLarge, validationError } from '../src/errors.ts'
import { structureProblems } from '../src/system/json-structure.ts'

/** Bodies of up to so many times what is allowed are somebody's mistake. */
const DRAINED = 4

/**
 * Refuses bodies by their Content-Length before a byte of them is read, and bodies of absurdly many parts before they are validated.
 */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    const length = Number(headers['content-length'] ?? 0)
    if (length <= routeOptions.bodyLimit) return
    // The body is on its way. Most clients look for an answer when they have sent it, and see a broken pipe instead where the connection
    // is closed meanwhile. So Node reads and drops it, unless that is out of all proportion.
    if (length > DRAINED * routeOptions.bodyLimit) reply.header('connection', 'close')
    throw bodyTooLarge(routeOptions.bodyLimit)
  })

  fastify.addHook('preValidation', async ({ body }) => {
    const problems = structureProblems(body)
    if (problems.length > 0) throw validationError(problems)
  })
}, { name: 'body-size', dependencies: ['multipart'] })
