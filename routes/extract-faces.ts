import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, FacialLandmarks, facialLandmarks } from '../src/schemas/face.ts'
import { pngUri } from '../src/schemas/image-fields.ts'
import { livenessFields, livenessOf } from '../src/schemas/liveness.ts'
import { detectOptions } from '../src/schemas/options.ts'
import { antiSpoofing, type Defaults, parameters } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'
import { IMG_UNLESS_IMAGES, imageFields, oneOrSeveral } from '../src/schemas/several.ts'
import { include, traitFields, traitsOfFace } from '../src/schemas/traits.ts'
import { forEachImage } from './shared/each-image.ts'

const body = (defaults: Defaults) => {
  const { model_name: _, distance_metric: __, normalization: ___, threshold: ____, ...shared } = parameters(defaults)
  return requestBody({
    ...imageFields(),
    ...shared,
    anti_spoofing: antiSpoofing('The same as "report", as in DeepFace.'),
    include,
    grayscale: Type.Boolean({ default: false, description: 'Cut the faces out in one grey channel.' })
  }, { title: 'ExtractFacesInput', examples: [{ img: SAMPLE, expand_percentage: 10 }], ...IMG_UNLESS_IMAGES })
}

const response = oneOrSeveral(Type.Object({
  success: Type.Boolean(),
  faces_found: Type.Integer(),
  result: Type.Array(Type.Object({
    face_base64: Type.String({ description: 'A PNG as `data:image/png;base64,…`.' }),
    facial_area: FacialLandmarks,
    confidence: confidenceOfFace,
    ...livenessFields,
    ...traitFields
  }, { title: 'ExtractedFace' }), { description: 'Largest face first; in the deepface pipeline in the detector\'s order, unless max_faces leaves some out.' })
}, {
  title: 'ExtractFacesResult',
  examples: [{
    success: true,
    faces_found: 1,
    result: [{
      face_base64: 'data:image/png;base64,iVBORw0KGgo…',
      facial_area: { ...AREA_EXAMPLE, nose: [128, 148], mouth_left: [149, 173], mouth_right: [107, 174] },
      confidence: 0.9986
    }]
  }]
}), 'ExtractFacesResults')

/** Options of the route. */
interface ExtractFacesOptions {
  readonly defaults: Defaults
  readonly maxAnswerBytes: number
  readonly bodyLimit: number
}

/** Cuts the faces out of a picture. */
const extractFaces: FastifyPluginAsyncTypebox<ExtractFacesOptions> = async (fastify, { defaults, maxAnswerBytes: mostBytes, bodyLimit }) => {
  const options = endpoint({
    operationId: 'extractFaces',
    tags: ['faces'],
    summary: 'Cut the faces out of a picture',
    description: 'As PNG, turned upright, with their boxes and landmarks.',
    eitherOf: ['img', 'images'],
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS
  })

  fastify.post('/api/v1/extract_faces', { ...options, bodyLimit }, async (request) => {
    const { body, stopSignal: signal } = request
    return await forEachImage(request, body, async (photo) => {
      const faces = await fastify.faceEngine.extract(photo, { ...detectOptions(body), grayscale: body.grayscale, mostBytes }, { signal })
      const result = faces.map((face) => ({
        face_base64: pngUri(face.png),
        facial_area: facialLandmarks(face),
        confidence: face.score,
        ...livenessOf(face),
        ...traitsOfFace(face)
      }))
      return { faces, answer: { success: true, faces_found: faces.length, result } }
    })
  })
}

export default extractFaces
