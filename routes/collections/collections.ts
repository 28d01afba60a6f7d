import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { currentDetector } from '../../src/names.ts'
import {
  asCollection, COLLECTION_EXAMPLE, CollectionSchema, Done, idempotency, inCollection, newId, nullable, page, pageOf, paging, READ_ERRORS, WRITE_ERRORS
} from '../../src/schemas/collections.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { type Defaults, ownFalseAlarms, parameters } from '../../src/schemas/parameters.ts'

const path = '/api/v1/collections'
const tags = ['collections']

const body = (defaults: Defaults) => {
  const shared = parameters(defaults)
  return requestBody({
    id: newId('What to call it.'),
    model_name: shared.model_name,
    pipeline: shared.pipeline,
    detector_backend: shared.detector_backend,
    normalization: shared.normalization,
    align: shared.align,
    store_photos: Type.Boolean({ default: false, description: 'Keep the photos of enrolled faces. They are deleted with their faces.' })
  }, { title: 'CollectionCreate', examples: [{ id: 'staff', model_name: defaults.DEFAULT_MODEL, store_photos: true }] })
}

const rules = requestBody({
  search_false_alarms: Type.Optional(nullable<number | 'off'>(ownFalseAlarms('Share of the strangers that a search may name as somebody; "off": the threshold of a pair.'))),
  threshold: Type.Optional(nullable<number>({
    type: 'number', minimum: 0, maximum: 2, description: 'Largest cosine distance that counts as the same person in searches and verdicts, whatever the number of faces and their ages.'
  }))
}, { title: 'CollectionRules', description: 'What is left out stays; null: as the service has it.', examples: [{ search_false_alarms: 0.001 }] })

const one = Type.Object({ success: Type.Boolean(), collection: CollectionSchema }, { title: 'CollectionResult', examples: [{ success: true, collection: COLLECTION_EXAMPLE }] })

const counted = Type.Object({
  success: Type.Boolean(),
  collection: CollectionSchema,
  subjects: Type.Integer(),
  faces: Type.Integer()
}, { title: 'CollectionDetails', examples: [{ success: true, collection: COLLECTION_EXAMPLE, subjects: 20, faces: 42 }] })

const listed = Type.Object(page({ collections: Type.Array(CollectionSchema) }), {
  title: 'CollectionList', examples: [{ success: true, collections: [COLLECTION_EXAMPLE], next: null }]
})

/** Collections of enrolled people, each with one model and its settings. */
const collections: FastifyPluginAsyncTypebox<{ defaults: Defaults }> = async (fastify, { defaults }) => {
  const create = endpoint({
    operationId: 'createCollection',
    tags,
    summary: 'Make a collection of people',
    description: 'Its model, pipeline, detector, normalization and align hold for every face that is enrolled or looked for, and never change: vectors of others cannot be compared.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    body: body(defaults),
    forms: false,
    headers: idempotency,
    response: one,
    errors: WRITE_ERRORS
  })
  fastify.post(path, create, async (request, reply) => {
    const { id, model_name: model, pipeline, normalization, align, store_photos: storePhotos } = request.body
    const detector = currentDetector(request.body.detector_backend, pipeline)
    const settings = { id, model, pipeline, detector, normalization, align, length: recogniserNamed(model).length, storePhotos }
    const once = await request.once()
    const { collection, replayed } = await fastify.collections.createCollection(settings, once && { ...once, answer: '{}' })
    if (replayed !== undefined) reply.header('idempotent-replayed', 'true')
    reply.header('collection-version', collection.version)
    return { success: true, collection: asCollection(collection) }
  })

  const list = endpoint({
    operationId: 'listCollections',
    tags,
    summary: 'List collections',
    description: 'In order of their creation, page by page.',
    querystring: paging,
    response: listed,
    errors: READ_ERRORS
  })
  fastify.get(path, list, async (request) => {
    const { items, next } = await fastify.collections.list(pageOf(request.query))
    return { success: true, collections: items.map(asCollection), next: next ?? null }
  })

  const get = endpoint({
    operationId: 'getCollection',
    tags,
    summary: 'Look at a collection',
    description: 'Its settings, and how many subjects and faces it has.',
    answerHeaders: ['Collection-Version'],
    params: inCollection,
    response: counted,
    errors: READ_ERRORS
  })
  fastify.get(`${path}/:collection`, get, async (request, reply) => {
    const { collection: id } = request.params
    const collection = await existingCollection(fastify.collections, id)
    reply.header('collection-version', collection.version)
    return { success: true, collection: asCollection(collection), ...await fastify.collections.counts(id) }
  })

  const update = endpoint({
    operationId: 'updateCollection',
    tags,
    summary: 'Change how a collection decides',
    description: 'Takes effect at once, for faces that are enrolled already too. A threshold that a request sends wins. The version stays.',
    answerHeaders: ['Collection-Version'],
    params: inCollection,
    body: rules,
    forms: false,
    response: one,
    errors: WRITE_ERRORS
  })
  fastify.patch(`${path}/:collection`, update, async (request, reply) => {
    const { search_false_alarms: falseAlarms, threshold } = request.body
    const changes = { ...(falseAlarms !== undefined && { falseAlarms }), ...(threshold !== undefined && { threshold }) }
    const collection = await fastify.collections.updateCollection(request.params.collection, changes)
    reply.header('collection-version', collection.version)
    return { success: true, collection: asCollection(collection) }
  })

  const drop = endpoint({
    operationId: 'deleteCollection',
    tags,
    summary: 'Delete a collection with all its people',
    description: 'Faces, photos and metadata are overwritten in the store. Copies of it (backups, exports) still have them.',
    params: inCollection,
    response: Done,
    errors: READ_ERRORS
  })
  fastify.delete(`${path}/:collection`, drop, async (request) => {
    await fastify.collections.dropCollection(request.params.collection)
    fastify.clusterJobs.forget(request.params.collection)
    return { success: true }
  })
}

export default collections
