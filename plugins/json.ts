import type { Readable } from 'node:stream'
import type { TObject } from '@sinclair/typebox'
import { errorCodes } from 'fastify'
import fp from 'fastify-plugin'
import { parse } from 'secure-json-parse'
import { validationError } from '../src/errors.ts'
import { extractImages } from '../src/intake/extract-images.ts'
import { schemaOf } from '../src/schemas/form.ts'
import { isImage, isImages } from '../src/schemas/image.ts'
import { coalesced } from '../src/system/coalesce.ts'
import { isOverbuilt } from '../src/system/json-structure.ts'
import { IMAGE } from './image-bytes.ts'

export interface JsonOptions {
  /** Largest image, in bytes. */
  readonly maxImageBytes: number
}

/**
 * Reads JSON bodies as Fastify does, in less time: two photos in base64 are a megabyte, and parsing blocks the event loop.
 *
 * Photos are taken out before the text is parsed (see `extractImages`). And Fastify's own parser looks for keys that could poison a prototype
 * with regular expressions over the whole text, which takes as long as JSON.parse. Here a plain search tells first whether there is
 * anything to look for; where there may be, the same parser reads the text.
 */
export default fp<JsonOptions>(async (fastify, { maxImageBytes }) => {
  // A body that is sent byte by byte must not become millions of buffers.
  fastify.addHook('preParsing', async ({ headers }, _reply, payload) => /^application\/json/i.test(headers['content-type'] ?? '') ? coalesced(payload as Readable) : payload)

  fastify.removeContentTypeParser('application/json')
  fastify.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, json: Buffer, done) => {
    // A chunked body of no bytes is no body.
    if (json.length === 0) return done(null, undefined)
    const { form } = request.routeOptions.config
    try {
      if (!form) return done(null, read(json.toString()))
      const { text, images } = extractImages(json, maxImageBytes)
      const body = read(text)
      const placed = place(images, body, form)
      // An image stands where the schema has none: parse the original text instead.
      if (placed.size < images.size) return done(null, read(json.toString()))
      request.imageBytes = placed
      done(null, body)
    } catch (error) {
      done(error instanceof SyntaxError ? new errorCodes.FST_ERR_CTP_INVALID_JSON_BODY() : error as Error)
    }
  })
}, { name: 'json', dependencies: ['image-bytes'] })

/** @throws {FaceError} validation_error. @throws {SyntaxError} when it is not JSON, or would poison a prototype. */
function read (text: string): unknown {
  if (isOverbuilt(text)) throw validationError([{ field: '', msg: 'The body has too many lists, objects or values' }])
  return isSuspect(text) ? parse(text) : JSON.parse(text)
}

/** Whether a key may be `__proto__` or `constructor`, plain or escaped. Texts with a byte order mark also go to the other parser. */
const isSuspect = (text: string): boolean => text.startsWith('\uFEFF') || text.includes('\\u') || text.includes('__proto__') || text.includes('"constructor"')

/** Returns the images that stand where `form` has an image, by field, and replaces each by IMAGE in `body`. */
function place (images: ReadonlyMap<string, Uint8Array>, body: unknown, form: TObject): Map<string, Uint8Array> {
  const placed = new Map<string, Uint8Array>()
  if (images.size === 0 || typeof body !== 'object' || body === null) return placed
  const replaced = (field: string, value: unknown): unknown => {
    const bytes = typeof value === 'string' ? images.get(value) : undefined
    if (!bytes) return value
    placed.set(field, bytes)
    return IMAGE
  }
  for (const [name, value] of Object.entries(body)) {
    const schema = schemaOf(form, name)
    if (!schema) continue
    if (isImage(schema)) Object.assign(body, { [name]: replaced(name, value) })
    else if (isImages(schema) && Array.isArray(value)) value.forEach((item, i) => { value[i] = replaced(`${name}.${i}`, item) })
  }
  return placed
}
