import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Listeners for the end of a connection: one of the socket serves all requests that it has brought. */
const ends = new WeakMap<Socket, Set<() => void>>()

/**
 * Calls `listener` once, when an answer has been sent or can no longer be sent.
 *
 * The event `close` of the response is not enough: of several requests that a client sends at once, those behind the first have no connection
 * yet, and Node never tells them that it has closed.
 */
export function onExchangeEnd ({ socket }: IncomingMessage, response: ServerResponse, listener: () => void): void {
  if (socket.closed) return listener()
  const waiting = endsOf(socket)
  const end = (): void => {
    if (waiting.delete(end)) listener()
  }
  waiting.add(end)
  response.once('close', end)
}

function endsOf (socket: Socket): Set<() => void> {
  const known = ends.get(socket)
  if (known) return known
  const waiting = new Set<() => void>()
  ends.set(socket, waiting)
  socket.once('close', () => { for (const end of waiting) end() })
  return waiting
}
