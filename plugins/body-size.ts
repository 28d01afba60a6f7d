import fp from 'fastify-plugin'
import { bodyTooLarge, validationError } from '../src/errors.ts'
import { structureProblems } from '../src/schemas/structure.ts'

/**
 * Refuses bodies by their Content-Length before a byte of them is read, and bodies of absurdly many parts before they are validated.
 */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    if (Number(headers['content-length'] ?? 0) <= routeOptions.bodyLimit) return
    // The body is on its way, and would have to be read to its end to reach the next request.
    reply.header('connection', 'close')
    throw bodyTooLarge(routeOptions.bodyLimit)
  })

  fastify.addHook('preValidation', async ({ body }) => {
    const problems = structureProblems(body)
    if (problems.length > 0) throw validationError(problems)
  })
}, { name: 'body-size', dependencies: ['multipart'] })
