import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { ErrorCode } from './errors.ts'

/** Statuses of HTTP itself for what is no HTTP request; the code is the nearest of the contract. */
const ANSWERS: Readonly<Record<string, readonly [status: string, code: ErrorCode, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'validation_error', 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'timeout', 'The request did not arrive in time.']
}
const MALFORMED = ['400 Bad Request', 'validation_error', 'This is not a valid HTTP request.'] as const

/** Answers what the HTTP parser refuses, in the error shape, and closes the connection. There is no request yet: no hooks, no reply. */
export function clientError (error: Error & { code?: string }, socket: Socket): void {
  // A peer that is gone, or one that is in the middle of an answer already, cannot be told anything.
  if (error.code === 'ECONNRESET' || socket.destroyed || !socket.writable || socket.bytesWritten > 0) {
    socket.destroy()
    return
  }
  answerSocket(socket, ...ANSWERS[error.code ?? ''] ?? MALFORMED)
}

/** Writes an answer in the error shape to a bare connection, and ends it. */
export function answerSocket (socket: Duplex, status: string, code: ErrorCode, message: string, headers: readonly string[] = []): void {
  const requestId = randomUUID()
  const body = JSON.stringify({ success: false, error_code: code, message, request_id: requestId })
  socket.end([
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
}
