import { randomUUID } from 'node:crypto'
import type { Socket } from 'node:net'
import fp from 'fastify-plugin'
import { type ErrorCode, FaceError } from '../src/errors.ts'
import { onExchangeEnd } from '../src/system/exchange-end.ts'
import { errorBody } from './errors.ts'
import { lingeringClose } from './lingering-close.ts'
import { exchangeOn } from './pipelining.ts'

/** Answers the cases that Node would answer by itself, in our error shape: no Host header, expectations, tunnels. */
export default fp(async (fastify) => {
  const { server } = fastify

  // `100 Continue` is sent when the body is about to be read: a client whose request is refused need not upload it.
  server.on('checkContinue', (request, response) => server.emit('request', request, response))
  fastify.addHook('preParsing', async ({ headers }, { raw }) => {
    if (headers.expect?.toLowerCase() === '100-continue') raw.writeContinue()
  })
  // After a refusal the body may or may not follow.
  fastify.addHook('onSend', async ({ headers }, reply) => {
    if (headers.expect !== undefined && !reply.raw.writableEnded && reply.statusCode >= 400) reply.header('connection', 'close')
  })

  // RFC 9110 §10.1.1: other expectations may be ignored.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response))
  server.on('connect', (_request, socket: Socket) => answerSocket(socket, '405 Method Not Allowed', 'method_not_allowed', 'This is no proxy. GET / lists the endpoints.', ['Allow: GET']))

  // RFC 9112 §3.2 requires 400, which none of our error codes has.
  fastify.addHook('onRequest', async (request, reply) => {
    if (request.headers.host !== undefined || request.raw.httpVersion !== '1.1') return
    const error = new FaceError('validation_error', 'This is not a valid HTTP request: it has no Host header.')
    return reply.code(400).serializer(JSON.stringify).type('application/json; charset=utf-8').send(errorBody(error, request.id))
  })
}, { name: 'protocol', dependencies: ['errors'] })

/** HTTP statuses for malformed requests, with the nearest error code of the contract. */
const ANSWERS: Readonly<Record<string, readonly [status: string, code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'validation_error', 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request did not arrive in time.']
}
const MALFORMED = ['400 Bad Request', 'validation_error', 'This is not a valid HTTP request.'] as const

/** Connections whose parser has failed: Node tells it again for each piece that still arrives. */
const failed = new WeakSet<Socket>()

/**
 * Answers requests that the HTTP parser refuses, in our error shape, and closes the connection. Hooks and reply do not exist yet. The requests
 * before it on the same connection are answered first: a client takes the first answer for that of its first request.
 */
export function clientError (error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy()
    return
  }
  if (failed.has(socket)) return
  failed.add(socket)
  // The client has gone in the middle of a request: the one that is worked on is not needed any more.
  if (error.code === 'HPE_INVALID_EOF_STATE' && exchangeOn(socket)?.[0].complete) {
    socket.destroy()
    return
  }
  refuseInTurn(socket, ANSWERS[error.code ?? ''] ?? MALFORMED)
}

function refuseInTurn (socket: Socket, answer: readonly [status: string, code: ErrorCode, message: string]): void {
  const exchange = exchangeOn(socket)
  if (exchange?.[0].complete) onExchangeEnd(...exchange, () => refuseInTurn(socket, answer))
  // Its own body is what is malformed, or what follows its answer may be taken for a part of that.
  else if (exchange?.[1].headersSent) socket.destroy()
  else if (socket.writable) answerSocket(socket, ...answer)
}

/** Writes an answer in our error shape to a bare connection and closes it. */
export function answerSocket (socket: Socket, status: string, code: ErrorCode, message: string, headers: readonly string[] = []): void {
  const requestId = randomUUID()
  const body = JSON.stringify({ success: false, error_code: code, message, request_id: requestId })
  socket.write([
    `HTTP/1.1 ${status}`,
    ...headers,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Response-Time-Ms: 0.0',
    'Connection: close',
    '',
    body
  ].join('\r\n'))
  lingeringClose(socket)
}
