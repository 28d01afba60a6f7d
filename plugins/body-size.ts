import fp from 'fastify-plugin'
import { bodyTooLarge, validationError } from '../src/errors.ts'
import { structureProblems } from '../src/system/json-structure.ts'

/** Refuses bodies by their Content-Length before a byte is read, and bodies with absurdly many parts before they are validated. */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async ({ headers, routeOptions }) => {
    if (Number(headers['content-length'] ?? 0) > routeOptions.bodyLimit) throw bodyTooLarge(routeOptions.bodyLimit)
  })

  fastify.addHook('preValidation', async ({ body }) => {
    const problems = structureProblems(body)
    if (problems.length > 0) throw validationError(problems)
  })
}, { name: 'body-size', dependencies: ['multipart'] })
