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
    if (draining && request.url.startsWith('/api/')) throw shuttingDown()
  })
}, { name: 'lifecycle', dependencies: ['errors'] })
