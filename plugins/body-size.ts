import fp from 'fastify-plugin'
import { bodyTooLarge, validationError } from '../src/errors.ts'
import { structureProblems } from '../src/system/json-structure.ts'

/** Up to this many times the limit, the body is read and dropped so that the client can read our 413; beyond, the connection is closed. */
const DRAINED = 4

/** Refuses bodies by their Content-Length before a byte is read, and bodies with absurdly many parts before they are validated. */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async ({ headers, routeOptions }, reply) => {
    const length = Number(headers['content-length'] ?? 0)
    if (length <= routeOptions.bodyLimit) return
    // Most clients read the answer after they have sent the body, and see a broken pipe when the connection is closed meanwhile.
    // So Node drains the body, unless it is out of all proportion.
    if (length > DRAINED * routeOptions.bodyLimit) reply.header('connection', 'close')
    throw bodyTooLarge(routeOptions.bodyLimit)
  })

  fastify.addHook('preValidation', async ({ body }) => {
    const problems = structureProblems(body)
    if (problems.length > 0) throw validationError(problems)
  })
}, { name: 'body-size', dependencies: ['multipart'] })
