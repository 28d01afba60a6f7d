import { type TProperties, Type } from '@sinclair/typebox'
import { requestBody } from './endpoint.ts'
import { FacialArea, type facialArea } from './face.ts'
import { image, MAX_EMBEDDING } from './image.ts'

/** A request that looks for the faces of a picture in a collection; the settings of the collection hold. */
export const probeBody = <Properties extends TProperties>(properties: Properties, options: { title: string, examples: readonly object[] }) => requestBody({
  img: Type.Optional(image('The picture of whom to look for.')),
  embedding: Type.Optional(Type.Array(Type.Number(), { minItems: 1, maxItems: MAX_EMBEDDING, description: 'Instead of img: the vector of a face, made with the settings of the collection.' })),
  threshold: Type.Optional(Type.Number({ minimum: 0, maximum: 2, description: 'Largest cosine distance that counts as the same person; the calibrated one of model and pipeline when left out.' })),
  enforce_detection: Type.Boolean({ default: true, description: 'Answer `no_face_detected` when no face is found; otherwise the whole picture stands for the face.' }),
  anti_spoofing: Type.Boolean({ default: false, description: 'Answer `spoof_detected` when a face is a photo of a photo or a screen.' }),
  max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: 'Only the so many largest faces; all when left out.' })),
  ...properties
}, { description: 'Either img or embedding.', ...options })

export const atLeast = Type.Optional(Type.String({ minLength: 1, maxLength: 32, description: 'The `Collection-Version` of a write that must be seen; `service_unavailable` when it is not there within two seconds. Needed only where several instances share a store that copies its data.' }))

/** How alike two faces are. */
export const judged = {
  similarity: Type.Number({ minimum: -1, maximum: 1, description: 'Cosine of the angle between both embeddings.' }),
  distance: Type.Number({ description: '1 − similarity.' }),
  threshold: Type.Number({ description: 'Distance up to which it is the same person.' }),
  confidence: Type.Number({ minimum: 0, maximum: 100, description: 'Calibrated probability, in percent, that it is the same person.' })
}

export const JUDGED_EXAMPLE = { similarity: 0.7866, distance: 0.2134, threshold: 0.6378, confidence: 99.99 }

export const nullableArea = Type.Unsafe<ReturnType<typeof facialArea> | null>({ anyOf: [FacialArea, { type: 'null' }], description: 'Null for an embedding.' })
