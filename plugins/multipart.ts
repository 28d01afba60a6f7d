import type { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bodyTooLarge, FaceError, validationError } from '../src/errors.ts'
import { formParser } from '../src/intake/form-parser.ts'
import { boundaryOf } from '../src/intake/part-headers.ts'
import { parseField, schemaOf } from '../src/schemas/form.ts'
import { isImage } from '../src/schemas/image-fields.ts'
import { fieldErrors, type SchemaError } from '../src/schemas/validation.ts'
import { inTurns } from '../src/system/in-turns.ts'
import { structureProblems } from '../src/system/json-structure.ts'
import { wrongMediaType } from './errors.ts'
import { formParts, type FormParts } from './form-parts.ts'
import { IMAGE } from './image-bytes.ts'

export interface MultipartOptions {
  /** Largest image, in bytes. */
  readonly maxImageBytes: number
}

/**
 * Reads multipart bodies into the object that the JSON form of the request would be, before it is validated. Parts are held in memory, within
 * limits, and never on disk. A body is parsed as it arrives, and the first excess ends the parsing.
 */
export default fp<MultipartOptions>(async (fastify, { maxImageBytes }) => {
  const forms = new WeakMap<FastifyRequest, FormParts>()

  fastify.addContentTypeParser('multipart/form-data', async (request: FastifyRequest, payload: Readable) => {
    const { bodyLimit, config: { form } } = request.routeOptions
    if (!form) throw wrongMediaType(request.routeOptions.config)
    const parts = formParts(form, { maxImageBytes, ignoresUnknown: request.routeOptions.config.deepface !== undefined })
    const parser = formParser(boundaryOf(request.headers['content-type']!), parts.open)
    let length = 0
    await inTurns(payload, (chunk) => {
      length += chunk.length
      if (length > bodyLimit) throw bodyTooLarge(bodyLimit)
      parser.write(chunk)
    })
    parser.end()
    forms.set(request, parts)
  })

  fastify.addHook('preValidation', async (request) => {
    const parts = forms.get(request)
    const { form } = request.routeOptions.config
    if (!parts || !form) return
    const { files, lists, texts, problems } = parts
    // One part of a field that takes a single image as well is that.
    const isSingle = (name: string, { length }: readonly unknown[]): boolean => length === 1 && isImage(schemaOf(form, name)!)
    const listed = [...lists].flatMap(([name, items]) => items.map((item, i) => [isSingle(name, items) ? name : `${name}.${i}`, item] as const))
    const images: Array<readonly [string, Uint8Array | FaceError | string]> = [...files, ...listed]
    request.imageBytes = new Map(images.flatMap(([field, image]) => image instanceof Uint8Array ? [[field, image]] : []))
    request.imageProblems = new Map(images.flatMap(([field, image]) => image instanceof FaceError ? [[field, image]] : []))
    request.body = {
      ...Object.fromEntries([...texts].map(([name, values]) => [name, parseField(schemaOf(form, name), values)])),
      ...Object.fromEntries([...files.keys()].map((name) => [name, IMAGE])),
      ...Object.fromEntries([...lists].map(([name, items]) => {
        const values = items.map((item) => typeof item === 'string' ? item : IMAGE)
        return [name, isSingle(name, items) ? values[0] : values]
      }))
    }
    if (problems.length === 0) return
    // Report the schema's findings too: all wrong fields at once.
    const absurd = structureProblems(request.body)
    const validate = request.getValidationFunction('body')!
    const others = absurd.length > 0 ? absurd : validate(request.body) === true ? [] : fieldErrors((validate.errors ?? []) as readonly SchemaError[])
    throw validationError([...problems, ...others.filter(({ field }) => !problems.some((problem) => problem.field === field))])
  })
}, { name: 'multipart', dependencies: ['errors', 'image-bytes'] })
