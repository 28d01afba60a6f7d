import { type Static, type TProperties, Type } from '@sinclair/typebox'
import type { Collection, EnrolledFace, Filter, Metadata, Subject } from '../collections/contract.ts'
import { CURSOR, ID } from '../collections/id-patterns.ts'
import { BODY_ERRORS, COMMON_ERRORS, IMAGE_ERRORS } from './error.ts'
import { detectorBackend, modelName, normalizationName, ownFalseAlarms, pipelineName } from './parameters.ts'

/** Errors of routes of a collection that take no body. */
export const READ_ERRORS = [...COMMON_ERRORS, 'validation_error', 'not_found', 'overloaded'] as const
/** Errors of routes of a collection that take a body without pictures. */
export const WRITE_ERRORS = [...BODY_ERRORS, 'not_found', 'conflict', 'overloaded', 'model_unavailable'] as const
/** Errors of routes of a collection that take pictures. */
export const FACE_ERRORS = [...IMAGE_ERRORS, 'not_found', 'conflict'] as const

const id = (description: string, example?: string) => Type.String({ pattern: ID, description, ...(example !== undefined && { examples: [example] }) })
const collection = id('The collection.', 'staff')
const subject = id('The subject.', 'ann')

/** Variable parts of paths. */
export const inCollection = Type.Object({ collection })
export const ofSubject = Type.Object({ collection, subject })
export const ofFace = Type.Object({ collection, subject, face: id('The face.') })
export const ofClusterJob = Type.Object({ collection, job: Type.String({ maxLength: 64, description: 'The job.' }) })
export const newId = (description: string) => id(`${description} 1 to 64 of \`A-Z a-z 0-9 . _ @ + -\`, the first not a dot.`)

/** Query string of lists. */
export const paging = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100, description: 'At most so many.' })),
  cursor: Type.Optional(Type.String({ pattern: CURSOR, description: 'The `next` of the page before.' }))
}, { additionalProperties: false })

/** Maps the query string to a page. */
export const pageOf = ({ limit = 100, cursor }: Static<typeof paging>) => ({ limit, cursor })

/** Fields of a page of a list. */
export const page = <Properties extends TProperties>(properties: Properties) => ({
  success: Type.Boolean(),
  ...properties,
  next: Type.Union([Type.String(), Type.Null()], { description: 'The `cursor` of the next page; null at the end.' })
})

/** Field of requests that group faces. */
export const clusterThreshold = Type.Optional(Type.Number({
  minimum: 0,
  maximum: 2,
  description: 'Largest average cosine distance of two groups that are joined. Left out, the threshold follows the number and the sizes of the groups, so that a crowd and an album come out right alike.'
}))

/** Headers of writes. */
export const idempotency = Type.Object({
  'idempotency-key': Type.Optional(Type.String({ minLength: 1, maxLength: 255, description: 'A name for this write. Sent again with the same name within a day it is answered as before and happens once.' }))
})

export const metadata = Type.Unsafe<Metadata>({ type: 'object', additionalProperties: true, description: 'Any JSON object, at most 16 KiB. Searches filter by its top-level fields.' })

const scalar = { title: 'MetadataValue', type: ['string', 'number', 'boolean'] }
export const filter = Type.Unsafe<Filter>({
  title: 'SearchFilter',
  type: 'object',
  // An empty filter is one that a client forgot to fill in: it must not mean everybody.
  minProperties: 1,
  additionalProperties: false,
  properties: {
    subjects: { type: 'array', maxItems: 10_000, items: { type: 'string' }, description: 'Only these.' },
    metadata: {
      type: 'object',
      minProperties: 1,
      maxProperties: 32,
      additionalProperties: {
        title: 'MetadataCondition',
        type: ['string', 'number', 'boolean', 'object'],
        minProperties: 1,
        additionalProperties: false,
        properties: { in: { type: 'array', maxItems: 1000, items: scalar }, gte: { type: 'number' }, lte: { type: 'number' } }
      },
      description: 'By top-level field of the metadata: its value, `{"in": […]}`, or a range `{"gte": …, "lte": …}`. All must hold. A subject without the field is left out.'
    }
  },
  description: 'Who may be found; left out, everybody. Applied before the ranking: the best of those who may.'
})

/** A moment, in UTC with milliseconds. */
export const timestamp = (description?: string) => Type.String({ format: 'date-time', ...(description !== undefined && { description }) })

/** A value of `schema`, or null. */
export const nullable = <Value>(schema: object) => Type.Unsafe<Value | null>({ anyOf: [schema, { type: 'null' }] })

export const CollectionSchema = Type.Object({
  id: Type.String(),
  model_name: modelName(),
  pipeline: pipelineName(),
  detector_backend: detectorBackend(),
  normalization: normalizationName(),
  align: Type.Boolean(),
  embedding_length: Type.Integer({ description: 'Values of an embedding of the model.' }),
  store_photos: Type.Boolean({ description: 'Whether the photos of enrolled faces are kept.' }),
  search_false_alarms: nullable<number | 'off'>(ownFalseAlarms('Share of the strangers that a search may name.')),
  threshold: nullable<number>({ type: 'number', description: 'Largest cosine distance of two faces of one person, whatever the number of faces and their ages.' }),
  created_at: timestamp(),
  version: Type.String({ description: 'Of its last write; opaque.' })
}, { title: 'Collection', description: 'Null: as the service has it.' })

/** Maps a collection to a response. */
export const asCollection = (
  { id, model, pipeline, detector, normalization, align, length, storePhotos, falseAlarms, threshold, createdAt, version }: Collection
) => ({
  id,
  model_name: model,
  pipeline,
  detector_backend: detector,
  normalization,
  align,
  embedding_length: length,
  store_photos: storePhotos,
  search_false_alarms: falseAlarms ?? null,
  threshold: threshold ?? null,
  created_at: createdAt,
  version
})

export const SubjectSchema = Type.Object({
  id: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  metadata,
  faces: Type.Integer({ description: 'How many are enrolled.' }),
  created_at: timestamp(),
  updated_at: timestamp()
}, { title: 'Subject' })

/** Maps a subject to a response. */
export const asSubject = ({ id, name, metadata, faces, createdAt, updatedAt }: Subject) => ({
  id, name, metadata, faces, created_at: createdAt, updated_at: updatedAt
})

const box = Type.Object({
  x: Type.Integer(), y: Type.Integer(), w: Type.Integer(), h: Type.Integer()
}, { title: 'FaceBox', description: 'In pixels of the upright picture.' })

export const FaceSchema = Type.Object({
  id: Type.String(),
  subject: Type.String(),
  facial_area: nullable<Static<typeof box>>(box),
  face_confidence: nullable<number>({ type: 'number', description: 'Of the detector, 0..1.' }),
  sharpness: nullable<number>({ type: 'number', description: 'Higher is sharper; 0 for a plain area.' }),
  age: nullable<number>({ type: 'number', description: 'Estimated years, by which verdicts go; null where they do not, and where the face was enrolled before they did.' }),
  yaw: nullable<number>({ type: 'number', description: 'Yaw of the head in degrees; null where no mesh tells it.' }),
  photo_sha256: nullable<string>({ type: 'string' }),
  has_photo: Type.Boolean({ description: 'Whether its photo is kept.' }),
  created_at: timestamp()
}, { title: 'EnrolledFace', description: 'Null where the face was enrolled by its embedding.' })

/** Maps an enrolled face to a response. */
export const asFace = ({ id, subject, details, hasPhoto, createdAt }: Omit<EnrolledFace, 'embedding'>) => ({
  id,
  subject,
  facial_area: details.box ?? null,
  face_confidence: details.score ?? null,
  sharpness: details.sharpness ?? null,
  age: details.age ?? null,
  yaw: details.yaw ?? null,
  photo_sha256: details.photoHash ?? null,
  has_photo: hasPhoto,
  created_at: createdAt
})

const AT = '2026-01-05T09:30:00.000Z'
export const COLLECTION_EXAMPLE = {
  id: 'staff',
  model_name: 'SFace',
  pipeline: 'native',
  detector_backend: 'yunet-mesh',
  normalization: 'base',
  align: true,
  embedding_length: 128,
  store_photos: false,
  search_false_alarms: null,
  threshold: null,
  created_at: AT,
  version: '42'
}
export const SUBJECT_EXAMPLE = { id: 'ann', name: 'Ann Example', metadata: { team: 'red', floor: 3 }, faces: 2, created_at: AT, updated_at: AT }
export const FACE_EXAMPLE = {
  id: '6b7f0c3e-2b3e-4f0e-9d5a-1a2b3c4d5e6f',
  subject: 'ann',
  facial_area: { x: 74, y: 61, w: 112, h: 146 },
  face_confidence: 0.9986,
  sharpness: 310.4,
  age: 31.4,
  yaw: -4.2,
  photo_sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  has_photo: false,
  created_at: AT
}

/** Response without any content of its own. */
export const Done = Type.Object({ success: Type.Boolean() }, { title: 'Success', examples: [{ success: true }] })
