import type { IncomingMessage, ServerResponse } from 'node:http'
import fp from 'fastify-plugin'
import { onExchangeEnd } from '../src/system/exchange-end.ts'
import { answerSocket } from './protocol.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** True when the body is a stream of any length, which is worked on while it arrives. */
    isStreamed?: boolean
  }
}

/** Times and rates of the slowest client that is served. */
export interface SlowClientsOptions {
  /** Milliseconds from the head of a request to the end of its body. A streamed body may take any time. */
  readonly bodyMs?: number
  /** Milliseconds in which a body must bring `bodyRate` bytes a second, whenever we wait for it. */
  readonly bodyWindowMs?: number
  readonly bodyRate?: number
  /** Milliseconds in which at least one byte of a streamed body must arrive. */
  readonly idleMs?: number
  /** Milliseconds in which `answerRate` bytes a second of an answer must be taken. */
  readonly answerWindowMs?: number
  readonly answerRate?: number
}

/** Milliseconds between two looks at all requests. */
const LOOK = 500

/** Bytes that passed since the beginning of a window, and the time in which it was the client's turn. */
interface Window {
  bytes: number
  waited: number
}

interface Exchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly begin: number
  readonly body: Window
  readonly answer: Window
  isStreamed: boolean
}

/**
 * Ends connections whose clients send a body or read an answer so slowly that they could hold memory for ever. Only the time in which it is
 * the client's turn counts: the buffer for its bytes has room, or bytes of the answer wait to be taken.
 *
 * Node's own `requestTimeout` counts the total time, also of an import that flows steadily, and it knows nothing about answers.
 */
export default fp<SlowClientsOptions>(async (fastify, options) => {
  const { bodyMs = 60_000, bodyWindowMs = 10_000, bodyRate = 1024, idleMs = 60_000, answerWindowMs = 20_000, answerRate = 32 * 1024 } = options
  const exchanges = new Map<IncomingMessage, Exchange>()

  // Before Fastify, whose hooks run at once.
  fastify.server.prependListener('request', (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    exchanges.set(request, {
      request,
      response,
      begin: performance.now(),
      body: { bytes: socket.bytesRead, waited: 0 },
      answer: { bytes: socket.bytesWritten, waited: 0 },
      isStreamed: false
    })
    onExchangeEnd(request, response, () => exchanges.delete(request))
  })

  fastify.addHook('onRequest', async ({ raw, routeOptions }) => {
    const exchange = exchanges.get(raw)
    if (exchange) exchange.isStreamed = routeOptions.config.isStreamed ?? false
  })

  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    // A blocked event loop is no fault of the clients.
    const passed = Math.min(now - last, 2 * LOOK)
    last = now
    for (const exchange of exchanges.values()) {
      if (isUnread(exchange, passed)) exchange.request.socket.destroy()
      else if (isUnsent(exchange, passed, now)) {
        exchanges.delete(exchange.request)
        endRequest(exchange)
      }
    }
  }, LOOK)
  timer.unref()
  fastify.addHook('onClose', async () => clearInterval(timer))

  /** Whether the body comes too slowly. */
  function isUnsent ({ request, response, begin, body, isStreamed }: Exchange, passed: number, now: number): boolean {
    if (request.complete || response.writableEnded) return false
    if (!isStreamed && now - begin > bodyMs) return true
    if (request.readableLength >= request.readableHighWaterMark) return false
    return isSlow(body, passed, request.socket.bytesRead, isStreamed ? { ms: idleMs, bytes: 1 } : { ms: bodyWindowMs, bytes: bodyRate * bodyWindowMs / 1000 })
  }

  /** Whether the answer is read too slowly. */
  function isUnread ({ request: { socket }, response, answer }: Exchange, passed: number): boolean {
    if (response.writableLength === 0) return false
    return isSlow(answer, passed, socket.bytesWritten - socket.writableLength, { ms: answerWindowMs, bytes: answerRate * answerWindowMs / 1000 })
  }
}, { name: 'slow-clients' })

/** Whether a window is over in which fewer than `least.bytes` passed. `total` counts all bytes of the connection. */
function isSlow (window: Window, passed: number, total: number, least: { readonly ms: number, readonly bytes: number }): boolean {
  window.waited += passed
  if (window.waited < least.ms) return false
  const bytes = total - window.bytes
  window.bytes = total
  window.waited = 0
  return bytes < least.bytes
}

/** Answers a request whose body does not arrive, if nothing has been answered yet, and closes its connection. */
function endRequest ({ request: { socket }, response }: Exchange): void {
  if (response.headersSent) socket.destroy()
  else answerSocket(socket, '408 Request Timeout', 'timeout', 'The request did not arrive in time.')
}
