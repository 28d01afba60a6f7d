import multipart, { type Multipart } from '@fastify/multipart'
import type { TObject, TSchema } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { FaceError, imageTooLarge, validationError } from '../src/errors.ts'
import { parseField } from '../src/schemas/form.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The body schema of a route that takes forms too. */
    form?: TObject
  }
  interface FastifyRequest {
    /** The file parts of a form, by field. */
    fileParts: ReadonlyMap<string, Uint8Array>
  }
}

export interface MultipartOptions {
  /** Largest file part, in bytes. */
  readonly maxImageBytes: number
  /** Largest form, in bytes. */
  readonly bodyLimit: number
}

/** Stands in the body for a file part, so that one schema validates JSON and forms. The bytes are in `request.fileParts`. */
const FILE = '(file)'

/**
 * Reads multipart bodies into the same object that JSON gives, before it is validated. Parts are held in memory, within limits,
 * and never on disk.
 */
export default fp<MultipartOptions>(async (fastify, { maxImageBytes, bodyLimit }) => {
  await fastify.register(multipart, { throwFileSizeLimit: false })
  fastify.decorateRequest('fileParts')

  fastify.addHook('preValidation', async (request) => {
    request.fileParts = new Map()
    if (!request.isMultipart()) return
    const { form } = request.routeOptions.config
    if (!form) throw new FaceError('unsupported_media_type', 'Send the body as application/json.')
    await readForm(request, form)
  })

  async function readForm (request: FastifyRequest, form: TObject): Promise<void> {
    const files = new Map<string, Uint8Array>()
    const texts = new Map<string, string[]>()
    const names = Object.keys(form.properties).length
    const limits = {
      fileSize: maxImageBytes,
      // An image may come as text, and then in base64.
      fieldSize: Math.ceil(maxImageBytes * 4 / 3) + 1024,
      fieldNameSize: 100,
      // One spare part of each kind, so that an unknown field is named rather than counted.
      files: names + 1,
      fields: names + 64,
      headerPairs: 32
    }
    let total = 0
    try {
      for await (const part of request.parts({ limits })) {
        const size = part.type === 'file' ? await keepFile(part, files, form) : keepText(part, texts)
        total += size
        if (total > bodyLimit) throw imageTooLarge(`The form is over its limit of ${bodyLimit} bytes. Send smaller images.`)
      }
    } catch (error) {
      throw toFormError(error)
    }
    request.fileParts = files
    const both = [...files.keys()].filter((name) => texts.has(name))
    if (both.length > 0) throw validationError(both.map((field) => ({ field, msg: 'was sent more than once' })))
    request.body = {
      ...Object.fromEntries([...texts].map(([name, values]) => [name, parseField(form.properties[name] as TSchema | undefined, name, values)])),
      ...Object.fromEntries([...files.keys()].map((name) => [name, FILE]))
    }
  }

  async function keepFile (part: Extract<Multipart, { type: 'file' }>, files: Map<string, Uint8Array>, form: TObject): Promise<number> {
    const field = part.fieldname
    if (!isImage(form.properties[field])) throw validationError([{ field, msg: field in form.properties ? 'must be a text part' : 'is not a field of this request' }])
    if (files.has(field)) throw validationError([{ field, msg: 'was sent more than once' }])
    const bytes = await part.toBuffer()
    if (part.file.truncated) throw imageTooLarge(`The image ${field} is over MAX_IMAGE_BYTES (${maxImageBytes}).`)
    if (bytes.length === 0) throw validationError([{ field, msg: 'must not be empty' }])
    files.set(field, bytes)
    return bytes.length
  }

  function keepText (part: Extract<Multipart, { type: 'field' }>, texts: Map<string, string[]>): number {
    if (part.fieldnameTruncated) throw validationError([{ field: part.fieldname, msg: 'is not a field of this request' }])
    if (part.valueTruncated) throw imageTooLarge(`The field ${part.fieldname} is over MAX_IMAGE_BYTES (${maxImageBytes}).`)
    const value = String(part.value)
    texts.set(part.fieldname, [...texts.get(part.fieldname) ?? [], value])
    return value.length
  }
}, { name: 'multipart', dependencies: ['errors'] })

/** A schema that takes an image is a string without a list of allowed values. */
const isImage = (schema: TSchema | undefined): boolean =>
  schema !== undefined && [schema['type']].flat().includes('string') && schema['enum'] === undefined

/** What went wrong with the form itself. */
function toFormError (error: unknown): unknown {
  if (error instanceof FaceError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const form = (msg: string) => validationError([{ field: '', msg: `The form ${msg}` }])
  if (/^FST_(FILES|FIELDS|PARTS)_LIMIT$/.test(code)) return form('has too many parts')
  if (code === 'FST_REQ_FILE_TOO_LARGE') return imageTooLarge('An image is over MAX_IMAGE_BYTES.')
  if (code === 'FST_PROTO_VIOLATION') return form('has a field name that is not allowed')
  // Whatever else the parser finds lies in the bytes the client sent: no boundary, a part that ends early.
  return form('is not valid multipart/form-data, or ended early')
}
