import type { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { errorCodes, type FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { parse } from 'secure-json-parse'
import { bodyTooLarge, validationError } from '../src/errors.ts'
import { scanJson, type ScannedJson } from '../src/intake/scan-json.ts'
import { inTurns } from '../src/system/in-turns.ts'
import { isOverbuilt, TOO_MANY_PARTS } from '../src/system/json-structure.ts'
import { placeImages, placeLists, placeTexts } from './json-places.ts'

export interface JsonOptions {
  /** Largest image, in bytes. */
  readonly maxImageBytes: number
}

/**
 * Reads JSON bodies as Fastify does, in less time: two photos in base64 are a megabyte, and parsing blocks the event loop.
 *
 * The body is scanned as it arrives: photos and vectors are taken out before the text is parsed (see `scanJson`), and the first excess ends
 * the reading. Fastify's own parser looks for keys that could poison a prototype with regular expressions over the whole text, which takes as
 * long as JSON.parse. Here a plain search tells first whether there is anything to look for; where there may be, the same parser reads the text.
 */
export default fp<JsonOptions>(async (fastify, { maxImageBytes }) => {
  fastify.removeContentTypeParser('application/json')
  fastify.addContentTypeParser('application/json', async (request: FastifyRequest, payload: Readable) => {
    try {
      const scanned = await scan(request, payload)
      const body = scanned && bodyOf(request, scanned)
      // Millions of numbers are validated next.
      if (scanned && scanned.lists.size > 0) await setImmediate()
      return body
    } catch (error) {
      throw error instanceof SyntaxError ? new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY() : error
    }
  })

  /** Undefined when the body is empty: a chunked body of no bytes is no body. */
  async function scan ({ headers, routeOptions: { bodyLimit } }: FastifyRequest, payload: Readable): Promise<ScannedJson | undefined> {
    const scanner = scanJson(maxImageBytes)
    const expected = headers['content-length']
    let length = 0
    await inTurns(payload, (chunk) => {
      length += chunk.length
      if (length > bodyLimit) throw bodyTooLarge(bodyLimit)
      scanner.write(chunk)
    })
    if (expected !== undefined && Number(expected) !== length) throw new errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH()
    return length === 0 ? undefined : scanner.end()
  }
}, { name: 'json', dependencies: ['image-bytes'] })

/** @throws {FaceError} validation_error, image_too_large. @throws {SyntaxError} when it is no JSON, or would poison a prototype. */
function bodyOf (request: FastifyRequest, { text, strings, lists }: ScannedJson): unknown {
  const body = placeLists(read(text), lists)
  if (strings.size === 0) return body
  const { form } = request.routeOptions.config
  const { placed, problems } = placeImages(body, strings, form)
  if (placed.size + problems.size < strings.size) return placeLists(read(placeTexts(text, strings)), lists)
  request.imageBytes = placed
  request.imageProblems = problems
  return body
}

/** @throws {FaceError} validation_error. @throws {SyntaxError} when it is not JSON, or would poison a prototype. */
function read (text: string): unknown {
  if (isOverbuilt(text)) throw validationError([TOO_MANY_PARTS])
  return isSuspect(text) ? parse(text) : JSON.parse(text)
}

/** Whether a key may be `__proto__` or `constructor`, plain or escaped. Texts with a byte order mark also go to the other parser. */
const isSuspect = (text: string): boolean => text.startsWith('\uFEFF') || text.includes('\\u') || text.includes('__proto__') || text.includes('"constructor"')
