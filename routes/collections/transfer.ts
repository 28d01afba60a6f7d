import { Readable } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { exportText, importLines } from '../../src/collections/export-import.ts'
import { linesOf } from '../../src/collections/ndjson.ts'
import { FaceError } from '../../src/errors.ts'
import { inCollection, READ_ERRORS, WRITE_ERRORS } from '../../src/schemas/collections.ts'
import { endpoint } from '../../src/schemas/endpoint.ts'
import { answerHeaders } from '../../src/schemas/headers.ts'

const path = '/api/v1/collections/:collection'
const tags = ['collections']
const NDJSON = 'application/x-ndjson'

/** A stream is read line by line: its length has no limit. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

/** Bytes of memory for each character of the longest line: its pieces, the line, and the photo and the text that are read from it. */
const LINE_MEMORY = 3

const EXAMPLE = [
  { collection: { id: 'staff', model: 'SFace', pipeline: 'native', detector: 'retinaface', normalization: 'base', align: true } },
  { subject: { id: 'ann', name: 'Ann Example', metadata: { team: 'red' } } },
  { face: { id: '6b7f0c3e', subject: 'ann', embedding: 'AACAPwAAAAA=', details: { box: { x: 74, y: 61, w: 112, h: 146 } } } }
].map((line) => `${JSON.stringify(line)}\n`).join('')

const lines = { [NDJSON]: { schema: { type: 'string', format: 'binary', description: 'One JSON object a line; vectors are base64 of float32, little-endian, or lists of numbers.' }, example: EXAMPLE } }

const response = Type.Object({
  success: Type.Boolean(),
  lines: Type.Integer(),
  subjects: Type.Integer(),
  faces: Type.Integer()
}, { title: 'Imported', examples: [{ success: true, lines: 63, subjects: 20, faces: 42 }] })

/** Exports and imports whole collections. */
const transfer: FastifyPluginAsyncTypebox<{ longestLine: number }> = async (fastify, { longestLine }) => {
  // Wrapped in an object, so that the stream is not mistaken for a parsed body.
  fastify.addContentTypeParser(NDJSON, (_request, payload, done) => done(null, { payload }))

  const out = endpoint({
    operationId: 'exportCollection',
    tags,
    summary: 'Export a collection',
    description: 'As a stream of lines, with photos where they are kept.',
    params: inCollection,
    produces: [NDJSON],
    response: Type.Any(),
    responses: { 200: { description: 'The collection, its subjects and their faces.', headers: answerHeaders(['Content-Disposition']), content: lines } },
    errors: READ_ERRORS
  })
  fastify.get(`${path}/export`, out, async (request, reply) => {
    const collection = await existingCollection(fastify.collections, request.params.collection)
    reply.type(NDJSON).header('content-disposition', `attachment; filename="${collection.id}.ndjson"`)
    return reply.send(Readable.from(exportText(fastify.collections, collection)) as never)
  })

  const into = endpoint({
    operationId: 'importCollection',
    tags,
    summary: 'Import into a collection',
    description: 'The lines of an export. Subjects and faces with the same ids are replaced, others stay. After an error the lines before it are written, and the same stream may be sent again.',
    params: inCollection,
    response,
    errors: WRITE_ERRORS
  })
  const schema = { ...into.schema, body: { content: lines } } as unknown as typeof into.schema
  const config = { ...into.config, consumes: [NDJSON], isStreamed: true }
  fastify.post(`${path}/import`, { ...into, config, schema, bodyLimit: NO_LIMIT, validatorCompiler: () => () => true }, async (request) => {
    const collection = await existingCollection(fastify.collections, request.params.collection)
    // Undefined without a body, and for a form or JSON, which other parsers have read.
    const { payload } = (request.body ?? {}) as { payload?: Readable }
    if (!payload) throw new FaceError('unsupported_media_type', `Send the body as ${NDJSON}.`)
    const read = linesOf(payload, longestLine, (characters) => request.keepBytes(LINE_MEMORY * characters))
    return { success: true, ...await importLines(fastify.collections, collection, read) }
  })
}

export default transfer
