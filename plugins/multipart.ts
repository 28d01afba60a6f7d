import multipart, { type Multipart } from '@fastify/multipart'
import type { TObject } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { wrongMediaType } from './errors.ts'
import { bodyTooLarge, FaceError, type FieldError, imageTooLarge, validationError } from '../src/errors.ts'
import { fieldNamed, isList, parseField, schemaOf } from '../src/schemas/form.ts'
import { isImage, isImages } from '../src/schemas/image.ts'
import { collect } from '../src/system/coalesce.ts'
import { structureProblems } from '../src/system/json-structure.ts'
import { fieldErrors, type SchemaError } from '../src/schemas/validation.ts'
import { IMAGE } from './image-bytes.ts'

export interface MultipartOptions {
  /** Largest file part, in bytes. */
  readonly maxImageBytes: number
}

/**
 * Reads multipart bodies into the object that the JSON form of the request would be, before it is validated. Parts are held in memory, within
 * limits, and never on disk.
 */
export default fp<MultipartOptions>(async (fastify, { maxImageBytes }) => {
  await fastify.register(multipart, { throwFileSizeLimit: false })

  fastify.addHook('preValidation', async (request) => {
    if (!request.isMultipart()) return
    const { form } = request.routeOptions.config
    if (!form) throw wrongMediaType(request.routeOptions.config)
    const parts = await readParts(request, form)
    // One part of a field that takes a single image as well is that.
    const isSingle = (name: string, { length }: readonly unknown[]): boolean => length === 1 && isImage(schemaOf(form, name)!)
    const listed = [...parts.lists].flatMap(([name, items]) =>
      items.flatMap((item, i) => typeof item === 'string' ? [] : [[isSingle(name, items) ? name : `${name}.${i}`, item] as const]))
    request.imageBytes = new Map([...parts.files, ...listed])
    request.body = {
      ...Object.fromEntries([...parts.texts].map(([name, values]) => [name, parseField(schemaOf(form, name), values)])),
      ...Object.fromEntries([...parts.files.keys()].map((name) => [name, IMAGE])),
      ...Object.fromEntries([...parts.lists].map(([name, items]) => {
        const values = items.map((item) => typeof item === 'string' ? item : IMAGE)
        return [name, isSingle(name, items) ? values[0] : values]
      }))
    }
    if (parts.problems.length === 0) return
    // Report the schema's findings too: all wrong fields at once.
    const absurd = structureProblems(request.body)
    const validate = request.getValidationFunction('body')!
    const others = absurd.length > 0 ? absurd : validate(request.body) === true ? [] : fieldErrors((validate.errors ?? []) as readonly SchemaError[])
    throw validationError([...parts.problems, ...others.filter(({ field }) => !parts.problems.some((problem) => problem.field === field))])
  })

  async function readParts (request: FastifyRequest, form: TObject): Promise<Parts> {
    const { bodyLimit, config } = request.routeOptions
    const names = Object.keys(form.properties).length
    const lists = Object.values(form.properties).reduce((sum, schema) => sum + (isImages(schema) ? Number(schema['maxItems']) : 0), 0)
    const limits = {
      fileSize: maxImageBytes,
      // A text part may be an image in base64.
      fieldSize: Math.ceil(maxImageBytes * 4 / 3) + 1024,
      // Spare parts let an unknown field be named rather than counted.
      files: names + 1 + lists,
      fields: names + 64,
      headerPairs: 32
    }
    const parts: Parts = { files: new Map(), lists: new Map(), texts: new Map(), problems: [], ignoresUnknown: config.deepface !== undefined }
    let total = 0
    try {
      for await (const part of request.parts({ limits, isPartAFile })) {
        total += part.type === 'file' ? await keepFile(part, parts, form) : keepText(fieldNamed(form, part.fieldname), textOf(part), parts, form)
        if (total > bodyLimit) throw bodyTooLarge(bodyLimit)
      }
    } catch (error) {
      throw toFormError(error)
    }
    return parts
  }

  /** Returns the bytes of the part. */
  async function keepFile (part: Extract<Multipart, { type: 'file' }>, parts: Parts, form: TObject): Promise<number> {
    const { files, lists, texts, problems } = parts
    const field = fieldNamed(form, part.fieldname)
    const bytes = await collect(part.file, maxImageBytes)
    if (bytes === undefined || part.file.truncated) throw imageTooLarge(`The ${isJson(part.mimetype) ? 'field' : 'file'} ${field.slice(0, 200)} is over MAX_IMAGE_BYTES (${maxImageBytes}). Send ${isJson(part.mimetype) ? 'less' : 'a smaller image'}.`)
    if (isJson(part.mimetype)) return keepText(field, unquoted(new TextDecoder().decode(bytes)), parts, form)
    const schema = schemaOf(form, field)
    // The client chose the name, so it may be long.
    if (!schema) {
      if (!parts.ignoresUnknown) problems.push({ field: field.slice(0, 200), msg: 'is not a field of this request' })
    } else if (isImages(schema)) {
      const list = lists.get(field) ?? []
      if (texts.has(field)) problems.push({ field, msg: 'must be either files or a JSON list' })
      if (bytes.length === 0) problems.push({ field: `${field}.${list.length}`, msg: 'must not be empty' })
      lists.set(field, [...list, bytes])
      return bytes.length
    } else if (!isImage(schema)) problems.push({ field, msg: 'must be a text part' })
    else if (files.has(field) || texts.has(field)) problems.push({ field, msg: REPEATED })
    else if (bytes.length === 0) problems.push({ field, msg: 'must not be empty' })
    // Keep a wrong one too, so that it is not reported as missing.
    if (schema) files.set(field, bytes)
    return bytes.length
  }

  /** Returns the text of a part that is not a file. */
  function textOf ({ fieldname, value, valueTruncated }: Extract<Multipart, { type: 'field' }>): string {
    if (valueTruncated) throw imageTooLarge(`The field ${fieldname.slice(0, 200)} is over MAX_IMAGE_BYTES (${maxImageBytes}). Send a smaller image.`)
    return String(value)
  }

  /** Returns the characters of the part. */
  function keepText (field: string, value: string, { files, lists, texts, problems }: Parts, form: TObject): number {
    const schema = schemaOf(form, field)
    if (schema && isImages(schema) && !value.trimStart().startsWith('[')) {
      // Files and texts keep their order.
      lists.set(field, [...lists.get(field) ?? [], value])
      return value.length
    }
    if (lists.has(field)) problems.push({ field, msg: 'must be either files or a JSON list' })
    // HTML forms send a part for every field, empty where nothing was filled in.
    if (value === '' && schema && !isRequired(form, field) && !isText(schema)) return 0
    const known = texts.get(field)
    if (files.has(field) || (known && !isList(schema))) problems.push({ field, msg: REPEATED })
    else texts.set(field, [...known ?? [], value])
    return value.length
  }
}, { name: 'multipart', dependencies: ['errors', 'image-bytes'] })

/**
 * True for parts that are read as bytes: files, images without a file name (RFC 7578 §4.2 makes it optional), and JSON parts, which generated
 * clients send for lists. The library would parse those without bounds.
 */
const isPartAFile = (_field: string | undefined, type: string | undefined, file: string | undefined): boolean =>
  file !== undefined || type === 'application/octet-stream' || type?.startsWith('image/') === true || isJson(type)

const isRequired = ({ required = [] }: TObject, field: string): boolean => required.includes(field)

/** True when a field may hold any text, and so an empty one. */
const isText = (schema: TObject['properties'][string]): boolean => schema['type'] === 'string' && !schema['enum'] && !isImage(schema)

/** Returns the string that a JSON string part holds, else the part as it is. */
function unquoted (json: string): string {
  if (!json.startsWith('"')) return json
  try {
    return String(JSON.parse(json))
  } catch (error) {
    if (error instanceof SyntaxError) return json
    throw error
  }
}

const isJson = (type: string | undefined): boolean => type?.startsWith('application/json') ?? false

/** The parts of a form, by field. */
interface Parts {
  readonly files: Map<string, Uint8Array>
  /** Fields that take several images: files, and texts that name images. */
  readonly lists: Map<string, Array<Uint8Array | string>>
  readonly texts: Map<string, string[]>
  readonly problems: FieldError[]
  /** Whether files in unknown fields are no problem. */
  readonly ignoresUnknown: boolean
}

const REPEATED = 'was sent more than once'

/** Returns the error to answer when the form itself is wrong. */
function toFormError (error: unknown): unknown {
  if (error instanceof FaceError || !(error instanceof Error)) return error
  const code = 'code' in error ? String(error.code) : ''
  const form = (msg: string) => validationError([{ field: '', msg: `The form ${msg}` }])
  if (/^FST_(IMAGES|FIELDS|PARTS)_LIMIT$/.test(code)) return form('has too many parts')
  if (code === 'FST_PROTO_VIOLATION') return form('has a field name that is not allowed')
  // Every other parser error comes from the bytes that the client sent: no boundary, a truncated part.
  return form('is not valid multipart/form-data: it ended early, or the boundary in Content-Type is not that of the body')
}
