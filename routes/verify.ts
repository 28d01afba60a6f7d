import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, nullableArea } from '../src/schemas/face.ts'
import { imageOrEmbedding } from '../src/schemas/image-fields.ts'
import { livenessOfPair, spoofFields } from '../src/schemas/liveness.ts'
import { type Defaults, detectorBackend, distanceMetric, modelName, parameters, pipelineName } from '../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../src/schemas/samples.ts'
import { verdictField } from '../src/schemas/verdict.ts'
import { verifyImages } from './shared/verify-images.ts'

const body = (defaults: Defaults) => {
  const { max_faces: _, ...shared } = parameters(defaults)
  return requestBody({
    img1: imageOrEmbedding('The one image.'),
    img2: imageOrEmbedding('The other image.'),
    ...shared
  }, { title: 'VerifyInput', examples: [{ img1: SAMPLE, img2: SAME_PERSON, distance_metric: defaults.DEFAULT_METRIC }] })
}

const response = Type.Object({
  success: Type.Boolean(),
  verified: Type.Boolean({ description: 'Whether distance ≤ threshold and, with anti_spoofing "report", both faces are real.' }),
  distance: Type.Number({ description: 'Of the closest pair of faces, one of each picture.' }),
  threshold: Type.Number({ description: 'Largest distance that was accepted for these two faces.' }),
  confidence: Type.Number({ minimum: 0, maximum: 100, description: 'Calibrated probability, in percent, that the two are one person, as high at any threshold; in the deepface pipeline DeepFace\'s own figure, 51 or more within its threshold.' }),
  model: modelName(),
  detector_backend: detectorBackend(),
  similarity_metric: distanceMetric(),
  pipeline: pipelineName(),
  facial_areas: Type.Object({ img1: nullableArea, img2: nullableArea }),
  liveness: livenessOfPair,
  verdict: verdictField,
  ...spoofFields,
  time: Type.Number({ description: 'Seconds.' })
}, {
  title: 'VerifyResult',
  examples: [{
    success: true,
    verified: true,
    distance: 0.2134,
    threshold: 0.631,
    confidence: 99.99,
    model: 'SFace',
    detector_backend: 'yunet',
    similarity_metric: 'cosine',
    pipeline: 'native',
    facial_areas: { img1: AREA_EXAMPLE, img2: AREA_EXAMPLE },
    verdict: { policy: 'adaptive', reason: 'standard', ages: [null, null], yaws: [-3.1, 12.4] },
    time: 0.041
  }]
})

/** Decides whether two pictures show the same person. */
const verify: FastifyPluginAsyncTypebox<{ defaults: Defaults, bodyLimit: number }> = async (fastify, { defaults, bodyLimit }) => {
  const options = endpoint({
    operationId: 'verify',
    tags: ['faces'],
    summary: 'Do two pictures show the same person?',
    description: 'Where a picture has several faces, the closest pair decides that is accepted by its own threshold, and the closest of all where none is. An embedding may stand for either picture.',
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS
  })

  fastify.post('/api/v1/verify', { ...options, bodyLimit }, async (request) => ({ success: true, ...await verifyImages(request, request.body, defaults.VERDICT_POLICY) }))
}

export default verify
