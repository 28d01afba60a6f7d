import type { Socket } from 'node:net'
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

export interface LifecycleOptions {
  /** Milliseconds that connections have to end once the service closes; then they are cut. */
  readonly graceMs: number
}

/**
 * Lets the service refuse new work while it finishes its running requests. /health still answers, because the process is alive.
 *
 * A server closes when its last connection has ended. A client may keep one open for ever, with half a request, an answer that it does not
 * read or a tunnel it asked for, so what is open after `graceMs` is cut.
 */
export default fp<LifecycleOptions>(async (fastify, { graceMs }) => {
  let draining = false
  fastify.decorate('draining', () => draining)
  fastify.decorate('drain', () => { draining = true })

  const sockets = new Set<Socket>()
  fastify.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  let timer: NodeJS.Timeout | undefined
  fastify.addHook('preClose', async () => {
    fastify.drain()
    timer = setTimeout(() => {
      if (sockets.size > 0) fastify.log.warn({ connections: sockets.size }, 'connections that did not end in time are cut')
      for (const socket of sockets) socket.destroy()
    }, graceMs)
    timer.unref()
  })
  fastify.addHook('onClose', async () => clearTimeout(timer))

  fastify.addHook('onRequest', async (request) => {
    if (draining && (request.url.startsWith('/api/') || request.method === 'POST')) throw shuttingDown()
  })
  // The client then opens another connection, which a balancer sends to another instance.
  fastify.addHook('onSend', async (_request, reply) => {
    if (draining) reply.header('connection', 'close')
  })
}, { name: 'lifecycle', dependencies: ['errors'] })
