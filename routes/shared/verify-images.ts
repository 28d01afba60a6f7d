import type { FastifyRequest } from 'fastify'
import { problemWith } from '../../src/collections/embedding.ts'
import { shiftsFor } from '../../src/models/group-shifts.ts'
import { type FieldError, noFaceDetected, validationError } from '../../src/errors.ts'
import type { Metric, Vector } from '../../src/match/distance.ts'
import { movedThreshold } from '../../src/match/threshold-at.ts'
import { type GroupVerification, verifyByGroup } from '../../src/match/verify-by-group.ts'
import { type Verification, verifyFaces } from '../../src/match/verify-faces.ts'
import { calibrationFor } from '../../src/models/calibration-of.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import type { VerdictPolicy, VerdictReason } from '../../src/names.ts'
import type { RepresentedFace } from '../../src/pipelines/contract.ts'
import { facialArea } from '../../src/schemas/face.ts'
import { livenessOfBoth, spoofIn } from '../../src/schemas/liveness.ts'
import { type RepresentFields, representOptions } from '../../src/schemas/options.ts'
import { askedThreshold } from '../../src/schemas/parameters.ts'
import { asVerdict } from '../../src/schemas/verdict.ts'
import { keptCopy } from './kept-copy.ts'

export interface VerifyFields extends RepresentFields {
  readonly img1: string | readonly number[]
  readonly img2: string | readonly number[]
  readonly distance_metric: Metric
  readonly threshold?: number
}

/** A face, or an embedding that stands for one. */
type Compared = Partial<Omit<RepresentedFace, 'embedding'>> & { readonly embedding: Vector }

/** One side of a comparison. */
interface Side {
  readonly faces: readonly Compared[]
  /** The picture once more, where ages may have to be estimated; undefined for an embedding. */
  readonly image?: Uint8Array | undefined
}

/**
 * Compares the two images of `body` and returns the response fields that /api/v1/verify and DeepFace's /verify share.
 * @param policy whether the threshold depends on ages and poses, in the native pipeline.
 * @throws {FaceError} validation_error for embeddings that are none of the model; no_face_detected; what reading and inference throw.
 */
export async function verifyImages (request: FastifyRequest, body: VerifyFields, policy: VerdictPolicy) {
  const start = performance.now()
  const { model_name: model, distance_metric: metric, pipeline } = body
  const options = representOptions(body, 'compare')
  const { thresholds, probability: curve } = calibrationFor(options)
  checkEmbeddings(body, recogniserNamed(model).length)
  const asked = askedThreshold(body)
  const shifts = asked === undefined ? shiftsFor({ pipeline, model }, policy) : undefined
  const { faceEngine } = request.server

  const sides = await both(async (field, signal): Promise<Side> => {
    const given = body[field]
    if (typeof given !== 'string') return { faces: [{ embedding: given }] }
    const image = await request.readImage(field, given)
    const copy = shifts && keptCopy(request, image)
    return { faces: await faceEngine.represent(image, options, { signal }), image: copy }
  }, request.stopSignal)
  const threshold = asked ?? thresholds[metric]
  const [facesA, facesB] = [sides[0].faces.map(embeddingOf), sides[1].faces.map(embeddingOf)]
  const verifyOptions = { pipeline, model, metric, curve, threshold }
  const verification: Partial<GroupVerification> & Verification | undefined = shifts
    ? await verifyByGroup(facesA, facesB, verifyOptions, {
      shifts,
      thresholdAt: (shift) => movedThreshold(thresholds, metric, shift),
      yawsOf: ({ a, b }) => [sides[0].faces[a]!.yaw, sides[1].faces[b]!.yaw],
      async estimateAges (picture, wanted) {
        const { faces, image } = sides[picture]
        if (!image) return undefined
        return await faceEngine.ages(image, wanted.map((i) => faces[i] as RepresentedFace), options, { signal: request.stopSignal })
      }
    })
    : verifyFaces(facesA, facesB, verifyOptions)
  // With enforce_detection false DeepFace may find faces and yet cut out none.
  if (!verification) throw noFaceDetected()

  const { a, b, verified, distance, confidence, ages = [undefined, undefined] } = verification
  const reason: VerdictReason = asked === undefined ? verification.rule ?? 'standard' : 'request'
  const pair = { img1: sides[0].faces[a]!, img2: sides[1].faces[b]! }
  const spoof = spoofIn(pair)
  return {
    verified: verified && !spoof,
    distance,
    threshold: verification.threshold ?? threshold,
    confidence,
    model,
    detector_backend: body.detector_backend,
    similarity_metric: metric,
    pipeline,
    facial_areas: { img1: areaOf(pair.img1), img2: areaOf(pair.img2) },
    ...(pipeline === 'native' && {
      verdict: asVerdict(shifts ? policy : 'fixed', reason, ages, [pair.img1.yaw, pair.img2.yaw])
    }),
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
