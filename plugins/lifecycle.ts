import fp from 'fastify-plugin'
import { shuttingDown } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** Whether the service takes no new work: it is about to close. */
    readonly draining: () => boolean
    /** From now on new work is refused; what runs goes on. */
    readonly drain: () => void
  }
}

/** Lets the service refuse new work while it finishes what it has. /health still answers: the process lives. */
export default fp(async (fastify) => {
  let draining = false
  fastify.decorate('draining', () => draining)
  fastify.decorate('drain', () => { draining = true })
  fastify.addHook('preClose', async () => fastify.drain())
  fastify.addHook('onRequest', async (request) => {
    if (draining && (request.url.startsWith('/api/') || request.method === 'POST')) throw shuttingDown()
  })
  // So that a client sends its next request over another connection, and to another instance.
  fastify.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
}, { name: 'lifecycle', dependencies: ['errors'] })
