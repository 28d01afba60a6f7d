import fp from 'fastify-plugin'

/** Puts X-Request-Id and X-Response-Time-Ms on every response. */
export default fp(async (fastify) => {
  fastify.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('x-response-time-ms', reply.elapsedTime.toFixed(1))
  })
}, { name: 'request-info' })
