import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import fp from 'fastify-plugin'
import { base64Length, base64Pieces } from '../src/system/base64-pieces.ts'
import { isHeavy, jsonParts } from '../src/system/json-parts.ts'

/** Characters of an answer that are written at a time: base64 of them takes about a millisecond. */
const TURN = 512 * 1024

/**
 * Writes large answers as JSON part by part, so that other requests have their turn meanwhile: a crowd's embeddings or crops are 60 MB, for
 * which one call would take half a second. Crops become base64 only as the client takes them.
 */
export default fp(async (fastify) => {
  fastify.addHook('preSerialization', async (request, reply, payload) => {
    if (reply.statusCode >= 400 || !isHeavy(payload)) return payload
    const parts: Array<string | Uint8Array> = []
    let length = 0
    for (const part of jsonParts(payload)) {
      parts.push(part)
      length += typeof part === 'string' ? Buffer.byteLength(part) : base64Length(part.length)
      request.checkAnswer(length)
      await setImmediate()
    }
    request.keepAnswer(length)
    reply.header('content-length', length)
    // Fastify sends a stream from here as it does one from a handler; its types say text only.
    reply.serializer((() => Readable.from(textOf(parts), { objectMode: false })) as unknown as () => string)
    return payload
  })
}, { name: 'large-answers', dependencies: ['bytes-in-flight'] })

/**
 * Yields the text of the parts. A client on a fast line takes megabytes before the event loop comes to anything else, so others get their turn
 * in between.
 */
async function * textOf (parts: readonly (string | Uint8Array)[]): AsyncGenerator<string> {
  let sent = 0
  for (const part of parts) {
    for (const piece of typeof part === 'string' ? [part] : base64Pieces(part)) {
      yield piece
      sent += piece.length
      if (sent < TURN) continue
      sent = 0
      await setImmediate()
    }
  }
}
