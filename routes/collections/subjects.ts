import { randomUUID } from 'node:crypto'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { noSubject } from '../../src/collections/collection-problems.ts'
import type { Metadata } from '../../src/collections/contract.ts'
import { LONGEST_NAME, metadataProblem } from '../../src/collections/limits.ts'
import { validationError } from '../../src/errors.ts'
import {
  asSubject, Done, idempotency, inCollection, metadata, newId, ofSubject, page, pageOf, paging, READ_ERRORS, SUBJECT_EXAMPLE, SubjectSchema, WRITE_ERRORS
} from '../../src/schemas/collections.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'

const path = '/api/v1/collections/:collection/subjects'
const tags = ['collections']

const name = Type.Optional(Type.Unsafe<string | null>({ type: ['string', 'null'], maxLength: LONGEST_NAME, description: 'What to call the person; not unique.' }))

const creation = requestBody({
  id: Type.Optional(newId('Made up when left out.')),
  name,
  metadata: Type.Optional(metadata)
}, { title: 'SubjectCreate', examples: [{ id: 'ann', name: 'Ann Example', metadata: { team: 'red', floor: 3 } }] })

const change = requestBody({ name, metadata: Type.Optional(metadata) }, {
  title: 'SubjectUpdate',
  description: 'What is left out stays as it is; metadata is replaced as a whole.',
  examples: [{ metadata: { team: 'blue' } }]
})

const one = Type.Object({ success: Type.Boolean(), subject: SubjectSchema }, {
  title: 'SubjectResult', examples: [{ success: true, subject: SUBJECT_EXAMPLE }]
})
const listed = Type.Object(page({ subjects: Type.Array(SubjectSchema) }), {
  title: 'SubjectList', examples: [{ success: true, subjects: [SUBJECT_EXAMPLE], next: null }]
})

/** The people of a collection. */
const subjects: FastifyPluginAsyncTypebox = async (fastify) => {
  /** @throws {FaceError} not_found. */
  async function resultOf (collection: string, id: string) {
    const subject = await fastify.collections.subject(collection, id)
    if (!subject) throw noSubject(id)
    return { success: true, subject: asSubject(subject) }
  }

  const create = endpoint({
    operationId: 'createSubject',
    tags,
    summary: 'Make a subject',
    description: 'A person without faces yet. Enrolling faces makes the subject too, so that this is for a name or metadata.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    params: inCollection,
    body: creation,
    forms: false,
    headers: idempotency,
    response: one,
    errors: WRITE_ERRORS
  })
  fastify.post(path, create, async (request, reply) => {
    const { id = randomUUID(), ...given } = request.body
    const { collection } = request.params
    checkSize(given.metadata)
    // The idempotency record holds nothing but the id: once a subject is deleted, none of its data may be left.
    const answer = await reply.replayed<{ id: string }>() ??
      await reply.written(collection, [{ kind: 'put-subject', when: 'new', id, ...given }], { id })
    return await resultOf(collection, answer.id)
  })

  const list = endpoint({
    operationId: 'listSubjects',
    tags,
    summary: 'List subjects',
    description: 'In order of their creation, page by page.',
    params: inCollection,
    querystring: paging,
    response: listed,
    errors: READ_ERRORS
  })
  fastify.get(path, list, async (request) => {
    const { items, next } = await fastify.collections.subjects(request.params.collection, pageOf(request.query))
    return { success: true, subjects: items.map(asSubject), next: next ?? null }
  })

  const get = endpoint({
    operationId: 'getSubject',
    tags,
    summary: 'Look at a subject',
    description: 'Name, metadata and the number of faces.',
    params: ofSubject,
    response: one,
    errors: READ_ERRORS
  })
  fastify.get(`${path}/:subject`, get, async ({ params }) => await resultOf(params.collection, params.subject))

  const update = endpoint({
    operationId: 'updateSubject',
    tags,
    summary: 'Change name or metadata of a subject',
    description: 'A field that is left out stays as it is; metadata are replaced as a whole.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    params: ofSubject,
    body: change,
    forms: false,
    headers: idempotency,
    response: one,
    errors: WRITE_ERRORS
  })
  fastify.patch(`${path}/:subject`, update, async (request, reply) => {
    const { collection, subject: id } = request.params
    checkSize(request.body.metadata)
    await reply.written(collection, [{ kind: 'put-subject', when: 'exists', id, ...request.body }], {})
    return await resultOf(collection, id)
  })

  const remove = endpoint({
    operationId: 'deleteSubject',
    tags,
    summary: 'Delete a subject with all faces and photos',
    description: 'Vectors, photos, name and metadata are overwritten in the store. Copies of it (backups, exports) still have them.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    params: ofSubject,
    headers: idempotency,
    response: Done,
    errors: [...READ_ERRORS, 'conflict']
  })
  fastify.delete(`${path}/:subject`, remove, async (request, reply) => {
    const { collection, subject: id } = request.params
    return await reply.written(collection, [{ kind: 'delete-subject', id }], { success: true })
  })
}

/** @throws {FaceError} validation_error when `metadata` is too large. */
function checkSize (metadata: Metadata | undefined): void {
  const msg = metadata && metadataProblem(metadata)
  if (msg !== undefined) throw validationError([{ field: 'metadata', msg }])
}

export default subjects
