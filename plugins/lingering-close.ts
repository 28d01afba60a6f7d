import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'

/**
 * Bounds of what a client may still send after its answer, in milliseconds and bytes. Most clients look for an answer only when they have
 * sent their body: the time is enough for one of 100 MB on a line of 100 Mbit/s.
 */
const LINGER = { milliseconds: 10_000, bytes: 256 * 2 ** 20, look: 100 }

/** A body of which less than this is missing is read to its end, and the connection stays open for the next request. */
const SHORT = 64 * 1024

/** The last request of each connection. */
const requests = new WeakMap<Socket, IncomingMessage>()

/**
 * Lets clients read an answer that they get before they have sent all of their request: a refusal, for the most part.
 *
 * When a connection is closed while bytes of the client arrive, its system drops the answer and reports a reset connection. So ours is closed
 * in two steps (RFC 9112 §9.6): we end our side, read and drop for a while, then destroy. Node does neither: it reads a body of any length and
 * slowness to its end, or closes at once.
 */
export default fp(async (fastify) => {
  const { server } = fastify

  server.on('connection', (socket: Socket) => {
    // Node calls this after the last answer of a connection.
    const destroySoon = socket.destroySoon.bind(socket)
    socket.destroySoon = () => {
      const request = requests.get(socket)
      if (!request || request.complete) destroySoon()
      else lingeringClose(socket)
    }
  })

  server.prependListener('request', (request: IncomingMessage) => { requests.set(request.socket, request) })

  fastify.addHook('onSend', async ({ raw }, reply) => {
    if (reply.statusCode >= 400 && isMissing(raw)) reply.header('connection', 'close')
  })
}, { name: 'lingering-close' })

/** Whether more than a short rest of the body has not arrived. */
export function isMissing ({ complete, headers, socket }: IncomingMessage): boolean {
  if (complete) return false
  if (headers['transfer-encoding'] !== undefined) return true
  return Number(headers['content-length'] ?? 0) > SHORT && !socket.destroyed
}

/** Ends our side of a connection, drops what still arrives, and destroys it when the client has ended its side or the bounds are reached. */
export function lingeringClose (socket: Socket): void {
  // The HTTP parser gets no more bytes: a further request on this connection could not be answered.
  socket.removeAllListeners('data')
  socket.on('data', () => {})
  socket.on('error', () => socket.destroy())
  socket.once('end', () => socket.destroy())
  socket.end()
  socket.resume()
  // Node stops reading where a body has no reader, below the stream, which goes on waiting for the bytes it asked for. A chunk of none ends that.
  socket.push(Buffer.alloc(0))
  const begin = { at: performance.now(), bytes: socket.bytesRead }
  const timer = setInterval(() => {
    if (performance.now() - begin.at > LINGER.milliseconds || socket.bytesRead - begin.bytes > LINGER.bytes) socket.destroy()
  }, LINGER.look)
  socket.once('close', () => clearInterval(timer))
}
