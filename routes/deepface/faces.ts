import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { ACTIONS } from '../../src/names.ts'
import { asAnalyzedFace } from '../../src/schemas/analyzed-face.ts'
import { fields, FIXED } from '../../src/schemas/deepface.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, FacialArea, facialArea } from '../../src/schemas/face.ts'
import { image, imageOrEmbedding } from '../../src/schemas/image.ts'
import { detectOptions, representOptions } from '../../src/schemas/options.ts'
import { actions, distanceMetric } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'
import { verifyImages } from '../shared/verify-images.ts'

const tags = ['deepface']
const errors = IMAGE_ERRORS

const representBody = requestBody({
  img: image(),
  ...fields,
  max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 }))
}, { title: 'DeepfaceRepresent', examples: [{ img: SAMPLE, model_name: 'Facenet512' }] })

const representedFace = Type.Object({
  embedding: Type.Array(Type.Number()),
  facial_area: FacialArea,
  face_confidence: confidenceOfFace
}, { title: 'DeepfaceRepresentedFace' })

const represented = Type.Object({ results: Type.Array(representedFace) }, {
  title: 'DeepfaceRepresented', examples: [{ results: [{ embedding: [0.8134, -1.2071], facial_area: AREA_EXAMPLE, face_confidence: 0.92 }] }]
})

const verifyBody = requestBody({
  img1: imageOrEmbedding('The one image.'),
  img2: imageOrEmbedding('The other image.'),
  ...fields,
  distance_metric: distanceMetric({ default: 'cosine' })
}, { title: 'DeepfaceVerify', examples: [{ img1: SAMPLE, img2: SAME_PERSON }] })

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
}, {
  title: 'DeepfaceVerified',
  examples: [{
    verified: true,
    distance: 0.2134,
    threshold: 0.68,
    confidence: 88.2,
    model: 'VGG-Face',
    detector_backend: 'opencv',
    similarity_metric: 'cosine',
    facial_areas: { img1: AREA_EXAMPLE, img2: AREA_EXAMPLE },
    time: 0.4
  }]
})

const { model_name: _, ...detecting } = fields
const analyzeBody = requestBody({ img: image(), ...detecting, actions }, { title: 'DeepfaceAnalyze', examples: [{ img: SAMPLE, actions: ['age'] }] })

const analyzedFace = Type.Object({ region: FacialArea, face_confidence: confidenceOfFace }, {
  title: 'DeepfaceAnalyzedFace', additionalProperties: true, description: 'As of /api/v1/analyze.'
})

const analyzed = Type.Object({ results: Type.Array(analyzedFace) }, {
  title: 'DeepfaceAnalyzed', examples: [{ results: [{ age: 31, region: AREA_EXAMPLE, face_confidence: 0.92 }] }]
})

/** DeepFace's own paths for pictures: /represent, /verify and /analyze. */
const faces: FastifyPluginAsyncTypebox<{ bodyLimit: number }> = async (fastify, { bodyLimit }) => {
  const represent = endpoint({
    operationId: 'deepfaceRepresent',
    tags,
    summary: 'Turn the faces of a picture into embeddings',
    body: representBody,
    response: represented,
    errors
  })
  fastify.post('/represent', represent, async (request) => {
    const { body, stopSignal: signal } = request
    const options = representOptions({ ...FIXED, ...body }, 'represent')
    const found = await fastify.faceEngine.represent(await request.readImage('img', body.img), options, { signal })
    return { results: found.map((face) => ({ embedding: Array.from(face.embedding), facial_area: facialArea(face), face_confidence: face.score })) }
  })

  const verify = endpoint({
    operationId: 'deepfaceVerify',
    tags,
    summary: 'Do two pictures show the same person?',
    body: verifyBody,
    response: verified,
    errors
  })
  fastify.post('/verify', { ...verify, bodyLimit }, async (request) => await verifyImages(request, { ...FIXED, ...request.body }))

  const analyze = endpoint({
    operationId: 'deepfaceAnalyze',
    tags,
    summary: 'Tell age, gender, emotion and race',
    body: analyzeBody,
    response: analyzed,
    errors
  })
  fastify.post('/analyze', analyze, async (request) => {
    const { body, stopSignal: signal } = request
    const photo = await request.readImage('img', body.img)
    const asked = ACTIONS.filter((action) => body.actions.includes(action))
    const found = await fastify.faceEngine.analyze(photo, { ...detectOptions({ ...FIXED, ...body }), actions: asked }, { signal })
    return { results: found.map(asAnalyzedFace) }
  })
}

export default faces
