import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { dominant } from '../src/match/dominant.ts'
import { ACTIONS, EMOTIONS, GENDERS, RACES } from '../src/names.ts'
import type { AnalyzedFace, Scores } from '../src/pipelines/contract.ts'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, confidenceOfFace, FacialArea, facialArea } from '../src/schemas/face.ts'
import { image } from '../src/schemas/image.ts'
import { detectOptions } from '../src/schemas/options.ts'
import { actions, type Defaults, oneOf, parameters } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'

const body = (defaults: Defaults) => {
  const { model_name: _, distance_metric: __, normalization: ___, threshold: ____, ...shared } = parameters(defaults)
  return requestBody({ img: image(), actions, ...shared }, {
    title: 'AnalyzeRequest', examples: [{ img: SAMPLE, actions: ['age', 'gender', 'emotion', 'race'] }]
  })
}

/** Percentages by name. */
const scores = <Key extends string>(keys: readonly Key[]) =>
  Type.Unsafe<Scores<Key>>(Type.Object(Object.fromEntries(keys.map((key) => [key, Type.Number()])), { description: 'Percentages that sum to 100.' }))

const response = Type.Object({
  success: Type.Boolean(),
  count: Type.Integer({ description: 'Number of faces.' }),
  result: Type.Array(Type.Object({
    age: Type.Optional(Type.Integer({ description: 'Years.' })),
    gender: Type.Optional(scores(GENDERS)),
    dominant_gender: Type.Optional(oneOf(GENDERS, { title: 'Gender' })),
    emotion: Type.Optional(scores(EMOTIONS)),
    dominant_emotion: Type.Optional(oneOf(EMOTIONS, { title: 'Emotion' })),
    race: Type.Optional(scores(RACES)),
    dominant_race: Type.Optional(oneOf(RACES, { title: 'Race' })),
    region: FacialArea,
    face_confidence: confidenceOfFace
  }, { title: 'AnalyzedFace' }), { description: 'Largest face first; in the deepface pipeline in the detector\'s order, unless max_faces leaves some out.' })
}, {
  title: 'AnalyzeResult',
  examples: [{
    success: true,
    count: 1,
    result: [{
      age: 31,
      gender: { Woman: 97.2, Man: 2.8 },
      dominant_gender: 'Woman',
      emotion: { angry: 0.1, disgust: 0, fear: 0.2, happy: 93.1, sad: 0.4, surprise: 0.5, neutral: 5.7 },
      dominant_emotion: 'happy',
      race: { asian: 4.1, indian: 3.2, black: 1.1, white: 78.3, 'middle eastern': 6.2, 'latino hispanic': 7.1 },
      dominant_race: 'white',
      region: AREA_EXAMPLE,
      face_confidence: 0.9986
    }]
  }]
})

/** Age, gender, emotion and race of faces. */
const analyze: FastifyPluginAsyncTypebox<{ defaults: Defaults }> = async (fastify, { defaults }) => {
  const options = endpoint({
    operationId: 'analyze',
    tags: ['faces'],
    summary: 'Tell age, gender, emotion and race of the faces of a picture',
    description: 'Only the asked actions run and appear. They are guesses of a network about looks, not facts about people.',
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS
  })

  fastify.post('/api/v1/analyze', options, async (request) => {
    const { body, stopSignal: signal } = request
    const asked = ACTIONS.filter((action) => body.actions.includes(action))
    const faces = await fastify.faceEngine.analyze(await request.readImage('img', body.img), { ...detectOptions(body), actions: asked }, { signal })
    return { success: true, count: faces.length, result: faces.map(toResult) }
  })
}

/** What is answered of one face. */
export const toResult = (face: AnalyzedFace) => ({
  // Whole, as of DeepFace and the reference service, whose clients may read it into an integer; a year is far below the error.
  ...(face.age !== undefined && { age: Math.round(face.age) }),
  ...(face.gender && { gender: face.gender, dominant_gender: dominant(face.gender) }),
  ...(face.emotion && { emotion: face.emotion, dominant_emotion: dominant(face.emotion) }),
  ...(face.race && { race: face.race, dominant_race: dominant(face.race) }),
  region: facialArea(face),
  face_confidence: face.score
})

export default analyze
