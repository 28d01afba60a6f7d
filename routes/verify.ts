import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { type Static, Type } from '@sinclair/typebox'
import type { FastifyRequest } from 'fastify'
import { type FieldError, noFaceDetected, validationError } from '../src/errors.ts'
import { similarity, type Vector } from '../src/match/distance.ts'
import { verdictBy } from '../src/match/judge.ts'
import { closestPair } from '../src/match/pair.ts'
import { recogniserNamed } from '../src/models/catalogue.ts'
import type { RepresentedFace } from '../src/pipelines/contract.ts'
import { endpoint, requestBody } from '../src/schemas/endpoint.ts'
import { IMAGE_ERRORS } from '../src/schemas/error.ts'
import { AREA_EXAMPLE, FacialArea, facialArea } from '../src/schemas/face.ts'
import { imageOrEmbedding } from '../src/schemas/image.ts'
import { representOptions } from '../src/schemas/options.ts'
import { type Defaults, detectorBackend, distanceMetric, modelName, parameters, pipelineName, thresholdOf } from '../src/schemas/parameters.ts'
import { SAME_PERSON, SAMPLE } from '../src/schemas/samples.ts'

const body = (defaults: Defaults) => {
  const { max_faces: _, ...shared } = parameters(defaults)
  return requestBody({
    img1: imageOrEmbedding('The one image.'),
    img2: imageOrEmbedding('The other image.'),
    ...shared
  }, { title: 'VerifyRequest', examples: [{ img1: SAMPLE, img2: SAME_PERSON, distance_metric: defaults.DEFAULT_METRIC }] })
}

const area = Type.Unsafe<ReturnType<typeof facialArea> | null>({ anyOf: [FacialArea, { type: 'null' }], description: 'Null for an embedding.' })

const response = Type.Object({
  success: Type.Boolean(),
  verified: Type.Boolean({ description: 'Whether distance ≤ threshold.' }),
  distance: Type.Number({ description: 'Of the closest pair of faces, one of each picture.' }),
  threshold: Type.Number(),
  confidence: Type.Number({ minimum: 0, maximum: 100, description: 'Calibrated probability, in percent, that the two are one person; in the deepface pipeline DeepFace\'s own figure, 51 or more within its threshold.' }),
  model: modelName(),
  detector_backend: detectorBackend(),
  similarity_metric: distanceMetric(),
  pipeline: pipelineName(),
  facial_areas: Type.Object({ img1: area, img2: area }),
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
    detector_backend: 'retinaface',
    similarity_metric: 'cosine',
    pipeline: 'native',
    facial_areas: { img1: AREA_EXAMPLE, img2: AREA_EXAMPLE },
    time: 0.041
  }]
})

/** Do two pictures show the same person? */
const verify: FastifyPluginAsyncTypebox<{ defaults: Defaults, bodyLimit: number }> = async (fastify, { defaults, bodyLimit }) => {
  const options = endpoint({
    operationId: 'verify',
    tags: ['faces'],
    summary: 'Do two pictures show the same person?',
    description: 'Where a picture has several faces, the closest pair decides. An embedding may stand for either picture.',
    body: body(defaults),
    response,
    errors: IMAGE_ERRORS
  })

  fastify.post('/api/v1/verify', { ...options, bodyLimit }, async (request) => ({ success: true, ...await compare(request, request.body) }))
}

type Comparison = Static<ReturnType<typeof body>>

/** What is answered of the two pictures of `body`, whichever path they came by. */
export async function compare (request: FastifyRequest, body: Comparison) {
  const { stopSignal } = request
  const start = performance.now()
  const { length, calibration } = recogniserNamed(body.model_name)
  checkEmbeddings(body, length)

  const faces = await both(async (field, signal): Promise<Compared[]> => {
    const given = body[field]
    if (typeof given !== 'string') return [{ embedding: given }]
    return request.server.faceEngine.represent(await request.readImage(field, given), representOptions(body, 'compare'), { signal })
  }, stopSignal)
  const [one, other] = faces
  const metric = body.distance_metric
  const pair = closestPair(metric, one.map(({ embedding }) => embedding), other.map(({ embedding }) => embedding))
  // DeepFace may cut out nothing of what it found, and enforce_detection false lets that pass.
  if (!pair) throw noFaceDetected()

  const [a, b] = [one[pair.a]!, other[pair.b]!]
  const { thresholds, probability } = calibration[body.pipeline]
  const threshold = thresholdOf(body, thresholds[metric])
  const { distance, confidence } = verdictBy(body.pipeline, body.model_name, metric, probability)(pair.distance, similarity(a.embedding, b.embedding))
  return {
    verified: distance <= threshold,
    distance,
    threshold,
    confidence,
    model: body.model_name,
    detector_backend: body.detector_backend,
    similarity_metric: metric,
    pipeline: body.pipeline,
    facial_areas: { img1: areaOf(a), img2: areaOf(b) },
    time: Math.round(performance.now() - start) / 1000
  }
}

/** A face, or an embedding that stands for one. */
type Compared = Partial<Omit<RepresentedFace, 'embedding'>> & { readonly embedding: Vector }

const areaOf = ({ box, landmarks }: Compared) => box ? facialArea({ box, landmarks }) : null

/** @throws {FaceError} validation_error naming the fields whose embeddings are not `length` values long. */
function checkEmbeddings (body: { img1: string | number[], img2: string | number[], model_name: string }, length: number): void {
  const wrong = (['img1', 'img2'] as const).flatMap((field): FieldError[] => {
    const given = body[field]
    if (typeof given === 'string') return []
    return given.length === length ? [] : [{ field, msg: `must have ${length} values, the length of an embedding of ${body.model_name}, and has ${given.length}` }]
  })
  if (wrong.length > 0) throw validationError(wrong)
}

/** Runs `work` on both images at once. When one fails the other is dropped, and both have ended before this settles. */
async function both<Result> (work: (field: 'img1' | 'img2', signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<[Result, Result]> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const tasks = [work('img1', either), work('img2', either)] as const
  try {
    return await Promise.all(tasks)
  } catch (error) {
    failed.abort(error)
    await Promise.allSettled(tasks)
    throw error
  }
}

export default verify
