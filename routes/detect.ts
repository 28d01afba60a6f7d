import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, FacialLandmarks, facialLandmarks } from '../src/schemas/face.ts'
import { livenessFields, livenessOf } from '../src/schemas/liveness.ts'
import { detectOptions } from '../src/schemas/options.ts'
import { type Defaults, oneOf, parameters } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'
import { IMG_UNLESS_IMAGES, imageFields, oneOrSeveral } from '../src/schemas/several.ts'
import { EXPRESSION_EXAMPLE, include, POSE_EXAMPLE, traitFields, traitsOfFace } from '../src/schemas/traits.ts'
import { forEachImage } from './shared/each-image.ts'

const body = (defaults: Defaults) => {
  const shared = parameters(defaults)
  return requestBody({
    ...imageFields(),
    include,
    detector_backend: shared.detector_backend,
    min_confidence: Type.Number({ minimum: 0, maximum: 1, default: 0, description: 'Leave out faces of which the detector is less sure. Each detector has a bound of its own, which this can only raise.' }),
    max_faces: shared.max_faces,
    enforce_detection: Type.Boolean({ default: false, description: 'Answer `no_face_detected` when no face is found; otherwise an empty list.' }),
    pipeline: oneOf<'native'>(['native'], { default: 'native', description: 'This endpoint has the native pipeline alone, whatever DEFAULT_PIPELINE says.' })
  }, { title: 'DetectInput', examples: [{ img: SAMPLE, include: ['pose', 'expression'] }], ...IMG_UNLESS_IMAGES })
}

const response = oneOrSeveral(Type.Object({
  success: Type.Boolean(),
  count: Type.Integer({ description: 'Number of faces.' }),
  result: Type.Array(Type.Object({
    facial_area: FacialLandmarks,
    confidence: confidenceOfFace,
    ...livenessFields,
    ...traitFields
  }, { title: 'DetectedFace' }), { description: 'Largest face first; empty when there is none.' })
}, {
  title: 'DetectResult',
  examples: [{
    success: true,
    count: 1,
    result: [{
      facial_area: { ...AREA_EXAMPLE, nose: [128, 148], mouth_left: [149, 173], mouth_right: [107, 174] },
      confidence: 0.9986,
      pose: POSE_EXAMPLE,
      expression: EXPRESSION_EXAMPLE
    }]
  }]
}), 'DetectResults')

/** Finds the faces of a picture, and returns what else is asked about each. */
const detect: FastifyPluginAsyncTypebox<{ defaults: Defaults, bodyLimit: number }> = async (fastify, { defaults, bodyLimit }) => {
  const options = endpoint({
    operationId: 'detect',
    tags: ['faces'],
    summary: 'Where are the faces of a picture?',
    description: 'Boxes, landmarks and confidences, without crops or embeddings; points of a mesh, pose, expression, quality and liveness where `include` asks for them.',
    eitherOf: ['img', 'images'],
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS
  })

  fastify.post('/api/v1/detect', { ...options, bodyLimit }, async (request) => {
    const { body, stopSignal: signal } = request
    const find = { ...detectOptions({ ...body, align: true, expand_percentage: 0, anti_spoofing: false }), minConfidence: body.min_confidence }
    return await forEachImage(request, body, async (photo) => {
      const faces = await fastify.faceEngine.detect(photo, find, { signal })
      const result = faces.map((face) => ({ facial_area: facialLandmarks(face), confidence: face.score, ...livenessOf(face), ...traitsOfFace(face) }))
      return { faces, answer: { success: true, count: faces.length, result } }
    })
  })
}

export default detect
