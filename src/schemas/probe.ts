import { type TProperties, Type } from '@sinclair/typebox'
import type { Collection } from '../collections/contract.ts'
import { vectorOf } from '../collections/embedding.ts'
import type { ProbeOptions } from '../collections/probe.ts'
import { validationError } from '../errors.ts'
import { requestBody, type RequestBodyOptions } from './endpoint.ts'
import { image, MAX_EMBEDDING } from './image-fields.ts'
import { antiSpoofing } from './parameters.ts'

/** A request that searches for the faces of a picture, with the settings of the collection. */
export const probeBody = <Properties extends TProperties>(properties: Properties, options: RequestBodyOptions) => requestBody({
  img: Type.Optional(image('The picture of whom to look for.')),
  embedding: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_EMBEDDING, description: 'Instead of img: the vector of a face, made with the settings of the collection.' })),
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 2, description: 'Largest cosine distance that counts as the same person; the calibrated one of model and pipeline when left out.' })),
  enforce_detection: Type.Boolean({ default: true, description: 'Answer `no_face_detected` when no face is found; otherwise the whole picture stands for the face.' }),
  anti_spoofing: antiSpoofing(),
  max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Only the so many largest faces; all when left out.' })),
  ...properties
}, { description: 'Either img or embedding.', ...options })

interface ProbeFields {
  readonly img?: string
  readonly embedding?: readonly number[]
  readonly enforce_detection: boolean
  readonly anti_spoofing: boolean | 'report'
  readonly max_faces?: number
}

/**
 * Returns the bytes of the picture, or the vector, that a request holds.
 * @throws {FaceError} validation_error unless it holds exactly one of both, and a vector of the collection; what `readImage` throws.
 */
export async function probeSource (
  { img, embedding }: ProbeFields,
  collection: Collection,
  readImage: (field: string, text: string) => Promise<Uint8Array>
): Promise<Uint8Array | Float32Array> {
  if ((img === undefined) === (embedding === undefined)) throw validationError([{ field: '', msg: 'Send either img or embedding' }])
  return embedding ? vectorOf('embedding', embedding, collection) : await readImage('img', img!)
}

/** Maps the fields of a request to the options of `probesOf`. */
export const probeOptions = (body: ProbeFields): Omit<ProbeOptions, 'copy'> => ({
  enforceDetection: body.enforce_detection,
  antiSpoofing: body.anti_spoofing,
  maxFaces: body.max_faces
})

export const atLeast = Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'The `Collection-Version` of a write that must be seen; `service_unavailable` when it is not there within two seconds. Needed only where several instances share a store that copies its data.' }))

/** Fields of the verdict on two faces. */
export const verdictFields = {
  similarity: Type.Number({ minimum: -1, maximum: 1, description: 'Cosine of the angle between both embeddings.' }),
  distance: Type.Number({ description: '1 − similarity.' }),
  threshold: Type.Number({ description: 'Distance up to which it is the same person.' }),
  confidence: Type.Number({ minimum: 0, maximum: 100, description: 'Calibrated probability, in percent, that it is the same person.' })
}

export const VERDICT_EXAMPLE = { similarity: 0.7866, distance: 0.2134, threshold: 0.625, confidence: 99.99 }
