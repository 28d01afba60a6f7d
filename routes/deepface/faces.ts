import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ACTIONS } from '../../src/names.ts'
import { deepfaceBody, fields, FIXED } from '../../src/schemas/deepface.ts'
import { endpoint } from '../../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, FacialArea, facialArea } from '../../src/schemas/face.ts'
import { image, imageOrEmbedding } from '../../src/schemas/image.ts'
import { detectOptions, representOptions } from '../../src/schemas/options.ts'
import { actions, distanceMetric } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'
import { toResult } from '../analyze.ts'
import { compare } from '../verify.ts'

const tags = ['deepface']
const errors = IMAGE_ERRORS

const representBody = deepfaceBody({ img: image(), ...fields, max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })) }, { title: 'DeepfaceRepresent', examples: [{ img: SAMPLE, model_name: 'Facenet512' }] })
const represented = Type.Object({
  results: Type.Array(Type.Object({ embedding: Type.Array(Type.Number()), facial_area: FacialArea, face_confidence: confidenceOfFace }, { title: 'DeepfaceRepresentedFace' }))
}, { title: 'DeepfaceRepresented', examples: [{ results: [{ embedding: [0.8134, -1.2071], facial_area: AREA_EXAMPLE, face_confidence: 0.92 }] }] })

const verifyBody = deepfaceBody({ img1: imageOrEmbedding('The one image.'), img2: imageOrEmbedding('The other image.'), ...fields, distance_metric: distanceMetric({ default: 'cosine' }) }, { title: 'DeepfaceVerify', examples: [{ img1: SAMPLE, img2: SAME_PERSON }] })
const area = Type.Unsafe<ReturnType<typeof facialArea> | null>({ anyOf: [FacialArea, { type: 'null' }] })
const verified = Type.Object({
  verified: Type.Boolean(),
  distance: Type.Number(),
  threshold: Type.Number(),
  confidence: Type.Number(),
  model: Type.String(),
  detector_backend: Type.String(),
  similarity_metric: Type.String(),
  facial_areas: Type.Object({ img1: area, img2: area }),
  time: Type.Number()
}, { title: 'DeepfaceVerified', examples: [{ verified: true, distance: 0.2134, threshold: 0.68, confidence: 88.2, model: 'VGG-Face', detector_backend: 'opencv', similarity_metric: 'cosine', facial_areas: { img1: AREA_EXAMPLE, img2: AREA_EXAMPLE }, time: 0.4 }] })

const { model_name: _, ...detecting } = fields
const analyzeBody = deepfaceBody({ img: image(), ...detecting, actions }, { title: 'DeepfaceAnalyze', examples: [{ img: SAMPLE, actions: ['age'] }] })
const analyzed = Type.Object({ results: Type.Array(Type.Object({ region: FacialArea, face_confidence: confidenceOfFace }, { title: 'DeepfaceAnalyzedFace', additionalProperties: true, description: 'As of /api/v1/analyze.' })) }, { title: 'DeepfaceAnalyzed', examples: [{ results: [{ age: 31, region: AREA_EXAMPLE, face_confidence: 0.92 }] }] })

/** What DeepFace's own service answers of pictures. */
const faces: FastifyPluginAsyncTypebox<{ bodyLimit: number }> = async (fastify, { bodyLimit }) => {
  fastify.post('/represent', endpoint({ operationId: 'deepfaceRepresent', tags, summary: 'Turn the faces of a picture into embeddings', body: representBody, response: represented, errors }), async (request) => {
    const options = representOptions({ ...FIXED, ...request.body }, 'represent')
    const found = await fastify.faceEngine.represent(await request.readImage('img', request.body.img), options, { signal: request.stopSignal })
    return { results: found.map((face) => ({ embedding: Array.from(face.embedding), facial_area: facialArea(face), face_confidence: face.score })) }
  })

  fastify.post('/verify', { ...endpoint({ operationId: 'deepfaceVerify', tags, summary: 'Do two pictures show the same person?', body: verifyBody, response: verified, errors }), bodyLimit }, async (request) =>
    await compare(request, { ...FIXED, ...request.body }))

  fastify.post('/analyze', endpoint({ operationId: 'deepfaceAnalyze', tags, summary: 'Tell age, gender, emotion and race', body: analyzeBody, response: analyzed, errors }), async (request) => {
    const { body } = request
    const asked = ACTIONS.filter((action) => body.actions.includes(action))
    const found = await fastify.faceEngine.analyze(await request.readImage('img', body.img), { ...detectOptions({ ...FIXED, ...body }), actions: asked }, { signal: request.stopSignal })
    return { results: found.map(toResult) }
  })
}

export default faces
