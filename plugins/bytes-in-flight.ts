import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError, imageTooLarge } from '../src/errors.ts'
import { byteBudget } from '../src/system/byte-budget.ts'
import { onExchangeEnd } from '../src/system/exchange-end.ts'
import { answerSocket } from './protocol.ts'

declare module 'fastify' {
  interface FastifyInstance {
    readonly bytesInFlight: () => BytesInFlight
  }
  interface FastifyRequest {
    /**
     * Counts further bytes that are kept for the request until its answer has been sent.
     * @throws {FaceError} overloaded.
     */
    keepBytes: (bytes: number) => void
    /** @throws {FaceError} image_too_large when an answer is longer than allowed. */
    checkAnswer: (bytes: number) => void
    /**
     * Counts the bytes of an answer until it has been sent.
     * @throws {FaceError} image_too_large, overloaded.
     */
    keepAnswer: (bytes: number) => void
  }
}

export interface BytesInFlight {
  /** Bytes that the bodies and answers of all requests take. */
  readonly taken: number
  /** Bytes that they may take. */
  readonly total: number
  /** Number of requests that were refused for want of bytes. */
  readonly refused: number
}

export interface BytesInFlightOptions {
  /** Bytes of memory for the bodies and answers of all requests. */
  readonly total: number
  /** Largest answer that is no stream, in bytes. */
  readonly maxAnswerBytes: number
}

/**
 * Bytes of memory per byte of a body, at most: measured as the peak of the process over that at rest, with bodies of 10 to 100 MB. JSON is
 * collected in pieces, joined, and its photos are decoded; a form's file is collected in a buffer that doubles.
 */
const MEMORY = { json: 2.75, other: 2 }

/** Answers up to this size, in bytes, are not counted. Of larger ones a client can ask for thousands on one connection and read none. */
const TINY = 4 * 1024
/** Bodies and answers up to this size, in bytes, may take all of the budget: most of them are JSON without photos. */
const SMALL = 256 * 1024
/** Bodies up to this size are ordinary photos. */
const MEDIUM = 4 * 2 ** 20

/**
 * Part of the budget that must be left after a body or an answer has taken its bytes, so that large bodies that come slowly and answers that
 * nobody reads do not keep ordinary requests out.
 */
const SPARE = { medium: 1 / 8, large: 3 / 8, answer: 1 / 2 }
const spareOf = (length: number): number => length <= SMALL ? 0 : length <= MEDIUM ? SPARE.medium : SPARE.large

/** Bytes of an answer that are given to the connection at a time. */
const SLICE = 64 * 1024

/** Seconds after which a refused client may try again. */
const RETRY_AFTER = 2

/**
 * Bounds the memory that all requests together hold: bodies from before their first byte is read, and answers until the last one is taken.
 * What does not fit is refused as `overloaded`, before it is read.
 */
export default fp<BytesInFlightOptions>(async (fastify, { total, maxAnswerBytes }) => {
  const budget = byteBudget(total)
  const mostAnswered = Math.min(maxAnswerBytes, Math.floor(total * (1 - SPARE.answer)))
  /** Bytes that each request has taken; none when it is over. */
  const takenBy = new WeakMap<IncomingMessage, number>()
  let refused = 0
  fastify.decorate('bytesInFlight', () => ({ taken: budget.taken(), total: budget.total, refused }))

  function take (request: IncomingMessage, bytes: number, spare: number): boolean {
    const taken = takenBy.get(request)
    // It would never be given back: the client has gone.
    if (taken === undefined) return true
    if (!budget.take(bytes, spare)) {
      refused++
      return false
    }
    takenBy.set(request, taken + bytes)
    return true
  }

  fastify.decorateRequest('keepBytes', function (bytes: number) {
    if (!take(this.raw, bytes, 0)) throw tooManyBytes()
  })

  const checkAnswer = (length: number): void => {
    if (length > mostAnswered) throw imageTooLarge(`The answer would have more than the ${mostAnswered} bytes that are allowed (MAX_ANSWER_BYTES, MAX_IN_FLIGHT_MB). Ask for less at once.`)
  }
  fastify.decorateRequest('checkAnswer', checkAnswer)
  fastify.decorateRequest('keepAnswer', function (length: number) {
    checkAnswer(length)
    if (!take(this.raw, length, length > SMALL ? total * SPARE.answer : 0)) throw tooManyBytes()
  })

  fastify.addHook('onRequest', async ({ raw, headers, routeOptions }, reply) => {
    takenBy.set(raw, 0)
    onExchangeEnd(raw, reply.raw, () => {
      budget.giveBack(takenBy.get(raw) ?? 0)
      takenBy.delete(raw)
    })
    if (routeOptions.config.isStreamed) return
    const perByte = headers['content-type']?.toLowerCase().includes('json') ? MEMORY.json : MEMORY.other
    if (headers['transfer-encoding'] !== undefined) return countChunks(raw, perByte)
    const length = Number(headers['content-length'] ?? 0)
    const bytes = Math.ceil(length * perByte)
    const spare = total * spareOf(length)
    if (bytes + spare > total) {
      throw imageTooLarge(`A body of ${length} bytes needs more memory than MAX_IN_FLIGHT_MB allows (${Math.floor(total / 2 ** 20)} MB). Send smaller images, or fewer at once.`)
    }
    if (!take(raw, bytes, spare)) throw tooManyBytes()
  })

  /**
   * Counts a body without a length as it arrives, where Node's parser hands it on: forms are read from the message itself, so that a stream
   * between would not see them.
   */
  function countChunks (request: IncomingMessage, perByte: number): void {
    const push = request.push.bind(request)
    let length = 0
    request.push = (chunk: Buffer | null, encoding) => {
      if (chunk !== null) {
        length += chunk.length
        if (!take(request, Math.ceil(chunk.length * perByte), total * spareOf(length))) {
          // Its other bytes are dropped with the connection.
          answerSocket(request.socket, '503 Service Unavailable', 'overloaded', tooManyBytes().message, [`Retry-After: ${RETRY_AFTER}`])
          request.push = () => true
          return true
        }
      }
      return push(chunk, encoding)
    }
  }

  fastify.addHook('onSend', async (request: FastifyRequest, reply: FastifyReply, payload: unknown) => {
    if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return payload
    if (payload.length <= TINY || reply.statusCode >= 400) return payload
    const length = Buffer.byteLength(payload)
    request.keepAnswer(length)
    if (length <= SMALL) return payload
    reply.header('content-length', length)
    return request.method === 'HEAD' ? payload : Readable.from(slices(payload), { objectMode: false, highWaterMark: SLICE })
  })
}, { name: 'bytes-in-flight', dependencies: ['errors', 'protocol'] })

const tooManyBytes = (): FaceError =>
  new FaceError('overloaded', `The service holds as many bytes of requests and answers as it may. Try again after ${RETRY_AFTER} seconds.`, { retryAfter: RETRY_AFTER })

/** Yields an answer in pieces, so that the connection takes no more of it than the client reads. */
function * slices (payload: string | Buffer): Generator<Buffer> {
  for (let at = 0; at < payload.length;) {
    let end = at + SLICE
    // A character of two halves must not be cut in two.
    if (typeof payload === 'string' && /[\uD800-\uDBFF]/.test(payload.charAt(end - 1))) end++
    yield typeof payload === 'string' ? Buffer.from(payload.slice(at, end)) : payload.subarray(at, end)
    at = end
  }
}
