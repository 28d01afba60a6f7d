import type { FastifyRequest } from 'fastify'
import { problemWith } from '../../src/collections/embedding.ts'
import { type FieldError, noFaceDetected, validationError } from '../../src/errors.ts'
import type { Metric, Vector } from '../../src/match/distance.ts'
import { verifyFaces } from '../../src/match/verify-faces.ts'
import { calibrationFor } from '../../src/models/calibration-of.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { facialArea } from '../../src/schemas/face.ts'
import { livenessOfBoth, spoofIn } from '../../src/schemas/liveness.ts'
import { type RepresentFields, representOptions } from '../../src/schemas/options.ts'
import { thresholdOf } from '../../src/schemas/parameters.ts'

export interface VerifyFields extends RepresentFields {
  readonly img1: string | readonly number[]
  readonly img2: string | readonly number[]
  readonly distance_metric: Metric
  readonly threshold?: number
}

/** A face, or an embedding that stands for one. */
type Compared = Partial<Omit<RepresentedFace, 'embedding'>> & { readonly embedding: Vector }

/**
 * Compares the two images of `body` and returns the response fields that /api/v1/verify and DeepFace's /verify share.
 * @throws {FaceError} validation_error for embeddings that are none of the model; no_face_detected; what reading and inference throw.
 */
export async function verifyImages (request: FastifyRequest, body: VerifyFields) {
  const start = performance.now()
  const { model_name: model, distance_metric: metric, pipeline } = body
  const options = representOptions(body, 'compare')
  const { thresholds, probability: curve } = calibrationFor(options)
  checkEmbeddings(body, recogniserNamed(model).length)

  const [facesA, facesB] = await both(async (field, signal): Promise<readonly Compared[]> => {
    const given = body[field]
    if (typeof given !== 'string') return [{ embedding: given }]
    return await request.server.faceEngine.represent(await request.readImage(field, given), options, { signal })
  }, request.stopSignal)
  const threshold = thresholdOf(body, thresholds[metric])
  const verification = verifyFaces(facesA.map(embeddingOf), facesB.map(embeddingOf), { pipeline, model, metric, curve, threshold })
  // With enforce_detection false DeepFace may find faces and yet cut out none.
  if (!verification) throw noFaceDetected()

  const { a, b, verified, distance, confidence } = verification
  const pair = { img1: facesA[a]!, img2: facesB[b]! }
  const spoof = spoofIn(pair)
  return {
    verified: verified && !spoof,
    distance,
    threshold,
    confidence,
    model,
    detector_backend: body.detector_backend,
    similarity_metric: metric,
    pipeline,
    facial_areas: { img1: areaOf(pair.img1), img2: areaOf(pair.img2) },
    ...livenessOfBoth(pair, body.anti_spoofing),
    ...spoof,
    time: Math.round(performance.now() - start) / 1000
  }
}

const embeddingOf = ({ embedding }: Compared): Vector => embedding

const areaOf = ({ box, landmarks }: Compared) => box ? facialArea({ box, landmarks }) : null

/** @throws {FaceError} validation_error naming the fields whose embeddings are not `length` values long, have no direction, or are not finite. */
function checkEmbeddings (body: VerifyFields, length: number): void {
  const wrong = (['img1', 'img2'] as const).flatMap((field): FieldError[] => {
    const given = body[field]
    const msg = typeof given === 'string' ? undefined : problemWith(given, length, body.model_name)
    return msg === undefined ? [] : [{ field, msg }]
  })
  if (wrong.length > 0) throw validationError(wrong)
}

/** Runs `work` on both images at once. When one fails the other is aborted, and both have settled before this settles. */
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
