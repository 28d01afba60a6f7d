import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { onExchangeEnd } from '../src/system/exchange-end.ts'

type Exchange = readonly [request: IncomingMessage, response: ServerResponse]

/** The exchange of each connection that is worked on. */
const current = new WeakMap<Socket, Exchange>()

/** Returns the exchange that is worked on of those that a connection has brought. */
export const exchangeOn = (socket: Socket): Exchange | undefined => current.get(socket)

/** Requests that may wait on one connection. Clients that pipeline at all send some ten. */
const MOST = 256

/**
 * Works on the requests of one connection in turn. Their answers leave in this order anyway, and a client that sends thousands and reads
 * nothing would otherwise have all of them worked on and all answers kept (Node emits each request as soon as its head is parsed). It is cut off.
 */
export default fp(async ({ server }) => {
  /** The requests that wait on each connection behind the one that is worked on. */
  const waiting = new WeakMap<Socket, Exchange[]>()
  const emit = server.emit.bind(server)

  function begin (socket: Socket, exchange: Exchange): void {
    current.set(socket, exchange)
    onExchangeEnd(...exchange, () => {
      current.delete(socket)
      const next = waiting.get(socket)?.shift()
      if (!next) waiting.delete(socket)
      else if (!socket.destroyed) begin(socket, next)
    })
    emit('request', ...exchange)
  }

  server.emit = (event: string, ...values: unknown[]) => {
    if (event !== 'request') return emit(event, ...values)
    const exchange = values as unknown as Exchange
    const { socket } = exchange[0]
    const queue = waiting.get(socket)
    if (!queue) {
      waiting.set(socket, [])
      begin(socket, exchange)
    } else if (queue.push(exchange) > MOST) socket.destroy()
    return true
  }
}, { name: 'pipelining' })
