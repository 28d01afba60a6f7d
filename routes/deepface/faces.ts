import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, type TObject, Type } from '@sinclair/typebox'
import { ACTIONS } from '../../src/names.ts'
import { asAnalyzedFace } from '../../src/schemas/analyzed-face.ts'
import { fields, FIXED, MOST_IMAGES } from '../../src/schemas/deepface.ts'
import { endpoint, requestBody } from '../../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, DeepfaceArea, embeddingNumbers, FacialArea, facialArea, NO_AREA } from '../../src/schemas/face.ts'
import { imageOrEmbedding, imageOrImages } from '../../src/schemas/image-fields.ts'
import { livenessFields, livenessOf, livenessOfPair, spoofFields } from '../../src/schemas/liveness.ts'
import { detectOptions, representOptions } from '../../src/schemas/options.ts'
import { actions, distanceMetric } from '../../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../../src/schemas/samples.ts'
import { verifyImages } from '../shared/verify-images.ts'
import { imagesOf, takeAsDeepface } from './requests.ts'

const tags = ['deepface']
const errors = IMAGE_ERRORS

/** The faces of one image, or a list of those of each image. */
function resultsOf <Face extends TObject> (face: Face) {
  const ofOneOrSeveral = Type.Unsafe<Static<Face> | Array<Static<Face>>>({ anyOf: [face, { type: 'array', items: face }] })
  return Type.Array(ofOneOrSeveral, { description: 'The faces of the image; of several images a list of those of each.' })
}

const representBody = requestBody({
  img: imageOrImages(MOST_IMAGES),
  ...fields,
  max_faces: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 }))
}, { title: 'DeepfaceRepresentInput', examples: [{ img: SAMPLE, model_name: 'Facenet512' }] })

const representedFace = Type.Object({
  embedding: Type.Array(Type.Number()),
  facial_area: FacialArea,
  face_confidence: confidenceOfFace,
  ...livenessFields
}, { title: 'DeepfaceRepresentedFace' })

const represented = Type.Object({ results: resultsOf(representedFace) }, {
  title: 'DeepfaceRepresented', examples: [{ results: [{ embedding: [0.8134, -1.2071], facial_area: AREA_EXAMPLE, face_confidence: 0.92 }] }]
})

const verifyBody = requestBody({
  img1: imageOrEmbedding('The one image.'),
  img2: imageOrEmbedding('The other image.'),
  ...fields,
  distance_metric: distanceMetric({ default: 'cosine' })
}, { title: 'DeepfaceVerifyInput', examples: [{ img1: SAMPLE, img2: SAME_PERSON }] })

const area = Type.Unsafe<ReturnType<typeof facialArea> | typeof NO_AREA>(DeepfaceArea)
const verified = Type.Object({
  verified: Type.Boolean(),
  distance: Type.Number(),
  threshold: Type.Number(),
  confidence: Type.Number(),
  model: Type.String(),
  detector_backend: Type.String(),
  similarity_metric: Type.String(),
  facial_areas: Type.Object({ img1: area, img2: area }),
  liveness: livenessOfPair,
  ...spoofFields,
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
const analyzeBody = requestBody({
  img: imageOrImages(MOST_IMAGES), ...detecting, actions: actions({ default: [...ACTIONS], description: 'What to tell about each face. Only what is asked is computed.' })
}, { title: 'DeepfaceAnalyzeInput', examples: [{ img: SAMPLE, actions: ['age'] }] })

const analyzedFace = Type.Object({ region: FacialArea, face_confidence: confidenceOfFace }, {
  title: 'DeepfaceAnalyzedFace', additionalProperties: true, description: 'As of /api/v1/analyze.'
})

const analyzed = Type.Object({ results: resultsOf(analyzedFace) }, {
  title: 'DeepfaceAnalyzed', examples: [{ results: [{ age: 31, region: AREA_EXAMPLE, face_confidence: 0.92 }] }]
})

/** DeepFace's own paths for pictures: /represent, /verify and /analyze. */
const faces: FastifyPluginAsyncTypebox<{ bodyLimit: number }> = async (fastify, { bodyLimit }) => {
  takeAsDeepface(fastify)

  const represent = endpoint({
    operationId: 'deepfaceRepresent',
    tags,
    summary: 'Turn the faces of a picture into embeddings',
    description: 'As /api/v1/represent, always in the deepface pipeline, with the fields and defaults of DeepFace.',
    body: representBody,
    response: represented,
    errors,
    deepface: 'representing'
  })
  fastify.post('/represent', { ...represent, bodyLimit }, async (request) => {
    const { body, stopSignal: signal } = request
    const options = representOptions({ ...FIXED, ...body }, 'represent')
    const results = []
    for await (const photo of imagesOf(request, body.img)) {
      const found = await fastify.faceEngine.represent(photo, options, { signal })
      results.push(found.map((face) => ({
        embedding: embeddingNumbers(face.embedding), facial_area: facialArea(face), face_confidence: face.score, ...livenessOf(face)
      })))
    }
    // DeepFace answers a list of one image as that image alone.
    return { results: results.length === 1 ? results[0]! : results }
  })

  const verify = endpoint({
    operationId: 'deepfaceVerify',
    tags,
    summary: 'Do two pictures show the same person?',
    description: 'As /api/v1/verify, always in the deepface pipeline, with the fields and defaults of DeepFace.',
    body: verifyBody,
    response: verified,
    errors,
    deepface: 'verifying'
  })
  fastify.post('/verify', { ...verify, bodyLimit }, async (request) => {
    const { facial_areas: { img1, img2 }, ...verification } = await verifyImages(request, { ...FIXED, ...request.body }, 'fixed')
    return { ...verification, facial_areas: { img1: img1 ?? NO_AREA, img2: img2 ?? NO_AREA } }
  })

  const analyze = endpoint({
    operationId: 'deepfaceAnalyze',
    tags,
    summary: 'Tell age, gender, emotion and race',
    description: 'As /api/v1/analyze, always in the deepface pipeline, with the fields and defaults of DeepFace.',
    body: analyzeBody,
    response: analyzed,
    errors,
    deepface: 'analyzing'
  })
  fastify.post('/analyze', { ...analyze, bodyLimit }, async (request) => {
    const { body, stopSignal: signal } = request
    const options = { ...detectOptions({ ...FIXED, ...body }), actions: ACTIONS.filter((action) => body.actions.includes(action)) }
    const results = []
    for await (const photo of imagesOf(request, body.img)) results.push((await fastify.faceEngine.analyze(photo, options, { signal })).map(asAnalyzedFace))
    return { results: typeof body.img === 'string' ? results[0]! : results }
  })
}

export default faces
