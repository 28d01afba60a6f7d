import fp from 'fastify-plugin'
import { timedOut } from '../src/errors.ts'
import { onExchangeEnd } from '../src/system/exchange-end.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * Aborts when the answer is no longer needed: after REQUEST_TIMEOUT_MS (the reason is the `timeout` error to answer with), or when the
     * client has disconnected. Work for the request must stop then.
     */
    stopSignal: AbortSignal
  }
}

export interface DeadlineOptions {
  /** Time for one request, from its head to its answer. */
  readonly timeoutMs: number
}

/**
 * Bounds the time of each request.
 *
 * Fastify's own `handlerTimeout` and `request.signal` cannot be used: they listen to `close` of the incoming message, which Node emits as
 * soon as the body has been read, so every POST would be aborted before it is handled.
 */
export default fp<DeadlineOptions>(async (fastify, { timeoutMs }) => {
  fastify.decorateRequest('stopSignal')
  fastify.addHook('onRequest', async (request, { raw }) => {
    const stop = new AbortController()
    request.stopSignal = stop.signal
    const timer = setTimeout(() => stop.abort(timedOut(timeoutMs)), timeoutMs)
    raw.once('finish', () => clearTimeout(timer))
    onExchangeEnd(request.raw, raw, () => {
      clearTimeout(timer)
      if (!raw.writableFinished) stop.abort(new Error('The client went away.'))
    })
  })
}, { name: 'deadline' })
