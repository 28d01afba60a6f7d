import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Readable, Transform } from 'node:stream'
import type { FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError, imageTooLarge } from '../src/errors.ts'
import { byteBudget } from '../src/system/byte-budget.ts'
import { joiningChunks } from '../src/system/coalesce.ts'
import { onExchangeEnd } from '../src/system/exchange-end.ts'

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
     * Counts the bytes of an answer until it has been sent. It may be called again, with more, as an answer grows.
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

const perByteOf = (headers: IncomingHttpHeaders): number => headers['content-type']?.toLowerCase().includes('json') ? MEMORY.json : MEMORY.other

/** Bytes that a body is announced to have; 0 when it comes in chunks. */
const lengthOf = (headers: IncomingHttpHeaders): number => headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : 0

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

/** Milliseconds in which a body must bring FLOW bytes. One that does not may be cut off when others need its memory. */
const WINDOW = 1_000
const FLOW = 64 * 1024

/** Bytes of an answer that are given to the connection at a time. */
const SLICE = 64 * 1024

/** Seconds after which a refused client may try again. */
const RETRY_AFTER = 2

/** A body that is arriving. */
interface Arriving {
  readonly stream: Transform
  /** Bytes that have arrived, and those that had when the window began; undefined before its first whole one. */
  bytes: number
  before: number | undefined
  /** Bytes of its last whole window. */
  last: number | undefined
}

/**
 * Bounds the memory that all requests together hold: bodies as they arrive, and answers until the last byte is taken. What does not fit is
 * refused as `overloaded`, before it is read where its length is told.
 *
 * A body takes no memory for what it only announces, and one that stops to flow keeps its memory only as long as nobody else needs it: clients
 * that send slowly, however many, keep nobody out.
 */
export default fp<BytesInFlightOptions>(async (fastify, { total, maxAnswerBytes }) => {
  const budget = byteBudget(total)
  const mostAnswered = Math.min(maxAnswerBytes, Math.floor(total * (1 - SPARE.answer)))
  /** Bytes that each request has taken; none when it is over. */
  const takenBy = new WeakMap<IncomingMessage, number>()
  /** Bytes of them that are of the answer. */
  const answerOf = new WeakMap<IncomingMessage, number>()
  const arriving = new Map<IncomingMessage, Arriving>()
  let refused = 0
  fastify.decorate('bytesInFlight', () => ({ taken: budget.taken(), total: budget.total, refused }))

  function take (request: IncomingMessage, bytes: number, spare: number): boolean {
    const taken = takenBy.get(request)
    // It would never be given back: the client has gone.
    if (taken === undefined) return true
    if (!makeRoom(bytes, spare, request) || !budget.take(bytes, spare)) {
      refused++
      return false
    }
    takenBy.set(request, taken + bytes)
    return true
  }

  /**
   * The bodies that must be cut off so that there are so many bytes left besides `spare`: of those that do not flow, the ones first that hold much
   * and bring little. Undefined when all of them are not enough.
   */
  function inTheWay (bytes: number, spare: number, request: IncomingMessage): IncomingMessage[] | undefined {
    let missing = budget.taken() + bytes + spare - budget.total
    if (missing <= 0) return []
    const bodies = [...arriving].map(([other, { last = FLOW }]) => ({ other, last, held: takenBy.get(other) ?? 0 }))
    const slow = bodies.filter(({ other, last, held }) => other !== request && last < FLOW && held > 0)
    const cut: IncomingMessage[] = []
    for (const { other, held } of slow.sort((a, b) => (a.last + 1) / a.held - (b.last + 1) / b.held)) {
      missing -= held
      cut.push(other)
      if (missing <= 0) return cut
    }
    return undefined
  }

  /** Cuts off the bodies that are in the way of bytes that have arrived; false, and none is cut off, when that is not enough. */
  function makeRoom (bytes: number, spare: number, request: IncomingMessage): boolean {
    const others = inTheWay(bytes, spare, request)
    others?.forEach(cutOff)
    return others !== undefined
  }

  function cutOff (request: IncomingMessage): void {
    refused++
    budget.giveBack(takenBy.get(request) ?? 0)
    takenBy.delete(request)
    arriving.get(request)?.stream.destroy(tooManyBytes())
  }

  const timer = setInterval(() => {
    for (const body of arriving.values()) {
      // Otherwise the client waits for us.
      const isTheirTurn = !body.stream.writableNeedDrain
      if (body.before !== undefined) body.last = isTheirTurn ? body.bytes - body.before : FLOW
      body.before = body.bytes
    }
  }, WINDOW)
  timer.unref()
  fastify.addHook('onClose', async () => clearInterval(timer))

  fastify.decorateRequest('keepBytes', function (bytes: number) {
    if (!take(this.raw, bytes, 0)) throw tooManyBytes()
  })

  const checkAnswer = (length: number): void => {
    if (length > mostAnswered) throw imageTooLarge(`The answer would have more than the ${mostAnswered} bytes that are allowed (MAX_ANSWER_BYTES, MAX_IN_FLIGHT_MB). Ask for less at once.`)
  }
  fastify.decorateRequest('checkAnswer', checkAnswer)
  fastify.decorateRequest('keepAnswer', function (length: number) {
    checkAnswer(length)
    const more = length - (answerOf.get(this.raw) ?? 0)
    if (more <= 0) return
    if (!take(this.raw, more, length > SMALL ? total * SPARE.answer : 0)) throw tooManyBytes()
    answerOf.set(this.raw, length)
  })

  fastify.addHook('onRequest', async ({ raw, headers, routeOptions }, reply) => {
    takenBy.set(raw, 0)
    onExchangeEnd(raw, reply.raw, () => {
      budget.giveBack(takenBy.get(raw) ?? 0)
      takenBy.delete(raw)
      arriving.delete(raw)
    })
    if (routeOptions.config.isStreamed) return
    const length = lengthOf(headers)
    const bytes = length * perByteOf(headers)
    const spare = total * spareOf(length)
    if (bytes + spare > total) {
      throw imageTooLarge(`A body of ${length} bytes needs more memory than MAX_IN_FLIGHT_MB allows (${Math.floor(total / 2 ** 20)} MB). Send smaller images, or fewer at once.`)
    }
    // Others are cut off for what arrives, not for what is announced.
    if (inTheWay(bytes, spare, raw)) return
    refused++
    throw tooManyBytes()
  })

  fastify.addHook('preParsing', async ({ raw, routeOptions }, _reply, payload) => {
    const length = lengthOf(raw.headers)
    // Fastify calls this for requests without a body too.
    if (length === 0 && raw.headers['transfer-encoding'] === undefined) return payload
    const perByte = perByteOf(raw.headers)
    const arrived = (bytes: number): void => { body.bytes += bytes }
    const passes = (bytes: number): void => {
      if (!take(raw, Math.ceil(bytes * perByte), total * spareOf(Math.max(length, body.bytes)))) throw tooManyBytes()
    }
    // The lines of a streamed body are counted by those who keep them, and need not wait for a block.
    const stream = routeOptions.config.isStreamed ? observing(arrived) : joiningChunks({ arrived, passes })
    const body: Arriving = { stream, bytes: 0, before: undefined, last: undefined }
    // Otherwise the client has gone meanwhile.
    if (takenBy.has(raw)) arriving.set(raw, body)
    payload.once('end', () => arriving.delete(raw))
    payload.once('error', (error) => stream.destroy(error))
    // The reader gets the error; when there is none any more, nobody needs it.
    stream.on('error', () => {})
    // The rest of a body that is refused is dropped. A pipeline would destroy the connection.
    stream.once('close', () => payload.resume())
    return payload.pipe(stream)
  })

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

/** Returns a stream that passes chunks on as they are. */
const observing = (arrived: (bytes: number) => void): Transform => new Transform({
  transform (chunk: Buffer, _encoding, done) {
    arrived(chunk.length)
    done(null, chunk)
  }
})

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
