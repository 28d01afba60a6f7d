import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { noFace } from '../../src/collections/collection-problems.ts'
import { vectorOf } from '../../src/collections/embedding.ts'
import { changesFor, enrol, type Outcome, type Source } from '../../src/collections/enrol/enrol.ts'
import { FLAWS } from '../../src/collections/enrol/quality.ts'
import { existingCollection } from '../../src/collections/existing-collection.ts'
import { PHOTO_ERRORS } from '../../src/collections/photo-errors.ts'
import { searchVerdictsOf } from '../../src/collections/verdicts.ts'
import { validationError } from '../../src/errors.ts'
import { shiftsFor } from '../../src/models/group-shifts.ts'
import {
  asFace, Done, FACE_ERRORS, FACE_EXAMPLE, FaceSchema, idempotency, ofFace, ofSubject, page, pageOf, paging, READ_ERRORS
} from '../../src/schemas/collections.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { image, images, MAX_EMBEDDING } from '../../src/schemas/image-fields.ts'
import { livenessFields, livenessOf } from '../../src/schemas/liveness.ts'
import { antiSpoofing, type Defaults, oneOf } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'
import { asQuality, traitFields } from '../../src/schemas/traits.ts'

const path = '/api/v1/collections/:collection/subjects/:subject/faces'
const tags = ['collections']

/** Most photos and embeddings of one request. */
const MOST_SOURCES = 32

const values = (description: string) => Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_EMBEDDING, description })

const body = requestBody({
  img: Type.Optional(image('A photo of the person.')),
  imgs: Type.Optional(images(MOST_SOURCES, 'Photos of the person.')),
  embedding: Type.Optional(values('The vector of a face of the person, made with the settings of the collection.')),
  embeddings: Type.Optional(Type.Array(values('One vector.'), { minItems: 1, maxItems: MOST_SOURCES, description: 'Several of them.' })),
  quality_check: Type.Boolean({ default: true, description: 'Refuse photos that the person cannot be known by: several people in the foreground, a face too small, blurred, turned away or unclear. Otherwise the largest face is taken as it is.' }),
  max_yaw: Type.Optional(Type.Number({ minimum: 0, maximum: 90, description: 'Refuse faces that are turned to a side by more degrees than this, as `face_turned`, whatever quality_check says. Only in collections of the native pipeline.' })),
  anti_spoofing: antiSpoofing('Refuse photos of photos and screens, as `spoof_detected`.')
}, { title: 'EnrolInput', description: 'One or more of img, imgs, embedding and embeddings.', examples: [{ imgs: [SAMPLE, SAME_PERSON] }] })

const hit = Type.Object({ face: Type.String(), subject: Type.String(), similarity: Type.Number() }, { title: 'LikeFace' })
const reasons = [...Object.keys(FLAWS) as Array<keyof typeof FLAWS>, ...PHOTO_ERRORS]

const response = Type.Object({
  success: Type.Boolean({ description: 'Whether the request was carried out; each photo has its own outcome.' }),
  subject: Type.String(),
  enrolled: Type.Integer(),
  refused: Type.Integer(),
  result: Type.Array(Type.Object({
    source: Type.String({ description: 'Where it stands in the request: `img`, `imgs.0`, `embedding`, `embeddings.0`.' }),
    enrolled: Type.Boolean(),
    face: Type.Optional(FaceSchema),
    ...livenessFields,
    duplicate_of: Type.Optional(hit),
    resembles: Type.Optional(hit),
    reason: Type.Optional(oneOf(reasons, { description: 'Why it was refused.' })),
    message: Type.Optional(Type.String({ description: 'What to do, and the figure that is too low.' })),
    quality: traitFields.quality
  }, { title: 'EnrolOutcome' }), { description: 'One for each source, in their order. `duplicate_of`: this very face was enrolled before. `resembles`: somebody else in the collection looks like the same person.' })
}, {
  title: 'EnrolResult',
  examples: [{
    success: true,
    subject: 'ann',
    enrolled: 1,
    refused: 1,
    result: [
      { source: 'imgs.0', enrolled: true, face: FACE_EXAMPLE },
      { source: 'imgs.1', enrolled: false, reason: 'face_too_small', message: `${FLAWS.face_too_small} (inter_eye_distance is 4, the least is 8)` }
    ]
  }]
})

const listed = Type.Object(page({ faces: Type.Array(FaceSchema) }), {
  title: 'FaceList', examples: [{ success: true, faces: [FACE_EXAMPLE], next: null }]
})

/** The enrolled faces of a subject. */
const faces: FastifyPluginAsyncTypebox<{ defaults: Defaults, bodyLimit: number }> = async (fastify, { defaults, bodyLimit }) => {
  const add = endpoint({
    operationId: 'enrolFaces',
    tags,
    summary: 'Enrol faces of a subject',
    description: 'From photos or embeddings. The subject is made where there is none; it and its faces are stored together or not at all. A photo that is refused does not stop the others.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    params: ofSubject,
    body,
    headers: idempotency,
    response,
    errors: FACE_ERRORS
  })
  fastify.post(path, { ...add, bodyLimit }, async (request, reply) => {
    const { params: { collection: id, subject }, body: { img, imgs = [], embedding, embeddings = [], max_yaw: maxYaw } } = request
    const kept = await reply.replayed<ReturnType<typeof answerOf>>()
    if (kept) return kept
    const collection = await existingCollection(fastify.collections, id)
    if (maxYaw !== undefined && collection.pipeline === 'deepface') throw validationError([{ field: 'max_yaw', msg: 'is not available in the deepface pipeline' }])
    const photo = (name: string, text: string): Source => ({ name, read: () => request.readImage(name, text) })
    const vector = (name: string, given: readonly number[]): Source => {
      const checked = vectorOf(name, given, collection)
      return { name, read: async () => checked }
    }
    const sources = [
      ...(img === undefined ? [] : [photo('img', img)]),
      ...imgs.map((text, i) => photo(`imgs.${i}`, text)),
      ...(embedding === undefined ? [] : [vector('embedding', embedding)]),
      ...embeddings.map((given, i) => vector(`embeddings.${i}`, given))
    ]
    if (sources.length === 0 || sources.length > MOST_SOURCES) {
      throw validationError([{ field: '', msg: `Send 1 to ${MOST_SOURCES} photos or embeddings, as img, imgs, embedding or embeddings` }])
    }
    const outcomes = await enrol({
      collections: fastify.collections,
      engine: fastify.faceEngine,
      collection,
      subject,
      sources,
      quality: request.body.quality_check,
      maxYaw,
      antiSpoofing: request.body.anti_spoofing,
      verdicts: searchVerdictsOf(collection, undefined, collection.falseAlarms ?? defaults.SEARCH_FALSE_ALARMS),
      shifts: collection.threshold === undefined ? shiftsFor(collection, defaults.VERDICT_POLICY) : undefined,
      signal: request.stopSignal
    })
    // Nothing is written for a client that has disconnected or received a timeout: it will send the request again.
    request.stopSignal.throwIfAborted()
    const answer = answerOf(subject, outcomes, new Date().toISOString())
    return answer.enrolled === 0 ? answer : await reply.written(id, changesFor(subject, outcomes), answer)
  })

  const list = endpoint({
    operationId: 'listFaces',
    tags,
    summary: 'List the faces of a subject',
    description: 'In order of enrolment, page by page.',
    params: ofSubject,
    querystring: paging,
    response: listed,
    errors: READ_ERRORS
  })
  fastify.get(path, list, async ({ params, query }) => {
    const { items, next } = await fastify.collections.faces(params.collection, params.subject, pageOf(query))
    return { success: true, faces: items.map(asFace), next: next ?? null }
  })

  const remove = endpoint({
    operationId: 'deleteFace',
    tags,
    summary: 'Delete a face with its photo',
    description: 'The vector and the photo are overwritten in the store. Copies of it (backups, exports) still have them.',
    answerHeaders: ['Collection-Version', 'Idempotent-Replayed'],
    params: ofFace,
    headers: idempotency,
    response: Done,
    errors: [...READ_ERRORS, 'conflict']
  })
  fastify.delete(`${path}/:face`, remove, async ({ params: { collection, subject, face: id } }, reply) =>
    await reply.written(collection, [{ kind: 'delete-face', subject, id }], { success: true }))

  const photo = endpoint({
    operationId: 'getFacePhoto',
    tags,
    summary: 'The photo that a face was enrolled from',
    description: 'Only in collections that store photos. As it was sent, byte by byte.',
    params: ofFace,
    produces: ['application/octet-stream'],
    response: Type.Any(),
    responses: { 200: { description: 'The photo.', content: { 'application/octet-stream': { schema: { type: 'string', contentMediaType: 'application/octet-stream', format: 'binary' } } } } },
    errors: READ_ERRORS
  })
  fastify.get(`${path}/:face/photo`, photo, async ({ params: { collection, subject, face } }, reply) => {
    const bytes = await fastify.collections.photo(collection, subject, face)
    if (!bytes) throw noFace(face)
    // Untrusted bytes: no browser may render them as a page.
    return reply.type('application/octet-stream').header('x-content-type-options', 'nosniff').send(Buffer.from(bytes) as never)
  })
}

const qualityOf = ({ quality }: Pick<Outcome, 'quality'>) => quality ? { quality: asQuality(quality) } : {}

/** Maps outcomes to the response. */
function answerOf (subject: string, outcomes: readonly Outcome[], createdAt: string) {
  const enrolled = outcomes.filter((outcome) => outcome.enrolled).length
  const like = ({ face, subject, score }: { face: string, subject: string, score: number }) => ({ face, subject, similarity: score })
  return {
    success: true,
    subject,
    enrolled,
    refused: outcomes.length - enrolled,
    result: outcomes.map((outcome) => outcome.enrolled
      ? {
          source: outcome.source,
          enrolled: true,
          face: asFace({ ...outcome.face, hasPhoto: outcome.face.photo !== undefined, createdAt }),
          ...livenessOf(outcome),
          ...qualityOf(outcome),
          ...(outcome.duplicateOf && { duplicate_of: like(outcome.duplicateOf) }),
          ...(outcome.resembles && { resembles: like(outcome.resembles) })
        }
      : { source: outcome.source, enrolled: false, reason: outcome.reason, message: outcome.message, ...qualityOf(outcome) })
  }
}

export default faces
