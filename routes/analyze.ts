import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from '@sinclair/typebox'
import { attributeCards } from '../src/models/attribute-cards.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { type Action, ACTIONS } from '../src/names.ts'
import { AnalyzedFaceSchema, asAnalyzedFace } from '../src/schemas/analyzed-face.ts'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE } from '../src/schemas/face.ts'
import { image } from '../src/schemas/image-fields.ts'
import { detectOptions } from '../src/schemas/options.ts'
import { actions, type Defaults, oneOf, parameters } from '../src/schemas/parameters.ts'
import { SAMPLE } from '../src/schemas/samples.ts'
import { include, traitsOfFace } from '../src/schemas/traits.ts'

const body = (defaults: Defaults) => {
  const { model_name: _, distance_metric: __, normalization: ___, threshold: ____, ...shared } = parameters(defaults)
  return requestBody({
    img: image(),
    actions: Type.Optional(actions({ description: 'What to tell about each face; when left out, all that MODEL_LICENSES permits. Only what is asked is computed.' })),
    include,
    ...shared
  }, {
    title: 'AnalyzeInput', examples: [{ img: SAMPLE, actions: ['age', 'gender', 'emotion', 'race'] }]
  })
}

/** Why an action is left out. */
const LICENCE = 'The licence of its model does not permit commercial use, and MODEL_LICENSES is commercial.'

const response = Type.Object({
  success: Type.Boolean(),
  count: Type.Integer({ description: 'Number of faces.' }),
  result: Type.Array(AnalyzedFaceSchema, { description: 'Largest face first; in the deepface pipeline in the detector\'s order, unless max_faces leaves some out.' }),
  left_out: Type.Optional(Type.Array(Type.Object({
    action: oneOf<Action>(ACTIONS, { title: 'Action' }),
    reason: Type.String()
  }, { title: 'LeftOutAction' }), { description: 'Actions that the licences of their models forbid here, where the request names none.' }))
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

/** Estimates age, gender, emotion and race of the faces of a picture. */
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
    const photo = await request.readImage('img', body.img)
    const isPermitted = (action: Action) => attributeCards(body.pipeline, [action]).every((name) => fastify.modelStore.permits(cardNamed(name)))
    const asked = ACTIONS.filter((action) => body.actions?.includes(action) ?? isPermitted(action))
    const leftOut = body.actions ? [] : ACTIONS.filter((action) => !asked.includes(action))
    const faces = await fastify.faceEngine.analyze(photo, { ...detectOptions(body), actions: asked }, { signal })
    return {
      success: true,
      count: faces.length,
      result: faces.map((face) => ({ ...asAnalyzedFace(face), ...traitsOfFace(face) })),
      ...leftOut.length > 0 && { left_out: leftOut.map((action) => ({ action, reason: LICENCE })) }
    }
  })
}

export default analyze
