import Fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify'
import type { Test } from 'tap'
import { FaceError } from '../../src/errors.ts'

/** A Fastify with nothing but an error handler that tells the code of a FaceError. It closes when `t` ends. */
export function bare (t: Test, options: FastifyServerOptions = {}): FastifyInstance {
  const fastify = Fastify(options)
  t.teardown(() => fastify.close())
  fastify.setErrorHandler((error, _request, reply) => {
    if (!(error instanceof FaceError)) throw error
    if (error.retryAfter !== undefined) reply.header('retry-after', error.retryAfter)
    return reply.code(error.statusCode).send({ error_code: error.code, message: error.message })
  })
  return fastify
}
