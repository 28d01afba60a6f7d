import fp from 'fastify-plugin'
import { shuttingDown } from '../src/errors.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** True when the service is about to close and takes no new work. */
    readonly draining: () => boolean
    /** Refuses new work from now on; running requests go on. */
    readonly drain: () => void
  }
}

/** Lets the service refuse new work while it finishes its running requests. /health still answers, because the process is alive. */
export default fp(async (fastify) => {
  let draining = false
  fastify.decorate('draining', () => draining)
  fastify.decorate('drain', () => { draining = true })
  fastify.addHook('preClose', async () => fastify.drain())
  fastify.addHook('onRequest', async (request) => {
    if (draining && (request.url.startsWith('/api/') || request.method === 'POST')) throw shuttingDown()
  })
  // The client then opens another connection, which a balancer sends to another instance.
  fastify.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
}, { name: 'lifecycle', dependencies: ['errors'] })
