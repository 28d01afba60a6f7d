/**
 * The native pipeline, function for function beside `../deepface/deepface-pipeline.ts`: it decodes only at the scale that is needed,
 * and aligns faces to the crops that each network was trained with.
 */
import { noFaceDetected } from '../../errors.ts'
import { crop } from '../../image/crop.ts'
import { encodePng } from '../../image/encode.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey } from '../../image/warp.ts'
import { area, clip, expand } from '../../math/box.ts'
import type {
  AnalyzedFace, AttributeModel, Check, Detection, DetectionModels, Detector, DetectOptions, ExtractedFace, ExtractOptions, Face, FindOptions, Framing,
  MeshModel, Recogniser, RepresentedFace, Traits
} from '../contract.ts'
import { cropCounter } from '../crop-bytes.ts'
import { inBatches } from '../faces-at-once.ts'
import { reportOrReject } from '../report-or-reject.ts'
import { boxToCrop, uprightBox } from './align.ts'
import { poseOf } from './mesh/pose.ts'
import { withEmbedding } from './quality/recognisability.ts'
import { livenessOf, traitsOf } from './traits.ts'

/** The models that run before others process the faces. */
export interface NativeModels extends DetectionModels<Detector> {
  /** Needed when `include` asks for a trait that is read from a mesh. */
  readonly mesh?: MeshModel | undefined
}

/** Ages are estimated of faces as they were found, whatever is asked of the other crops. */
export const AGE_FRAMING: Framing = { align: true, expandPercentage: 0 }

/** The whole picture as one face. */
const wholeOf = ({ width, height }: Picture): Detection => ({ box: { x: 0, y: 0, w: width, h: height }, landmarks: undefined, score: 0 })

interface SeeOptions extends DetectOptions {
  readonly minConfidence?: number
  /** Refuse all when a face is not real, and report no liveness unless `include` asks for it. */
  readonly rejects?: boolean
  /** Let the whole picture stand for one face where none is found; no mesh tells anything about that. */
  readonly standsIn?: boolean
  /** Whether crops need the landmarks. */
  readonly aligns: boolean
}

/**
 * Finds all faces of a picture, largest first. Without a detector (`skip`) the whole picture is one face without landmarks and with score 0.
 * @throws {FaceError} no_face_detected, image_decode_error.
 */
async function findFaces (
  picture: Picture,
  detector: Detector | undefined,
  { enforceDetection, minConfidence = 0 }: Omit<SeeOptions, 'aligns'>
): Promise<Detection[]> {
  if (!detector) return [wholeOf(picture)]
  const found = await detector.detect(picture)
  const sure = minConfidence > 0 ? found.filter(({ score }) => score >= minConfidence) : found
  if (sure.length === 0 && enforceDetection) throw noFaceDetected()
  return sure.sort((p, q) => area(q.box) - area(p.box))
}

/** A detected face with what was asked about it. */
interface SeenFace {
  readonly detection: Detection
  readonly traits: Traits
}

/**
 * detect → check liveness → landmarks where they are found last → the further facts that `include` asks for.
 * @throws {FaceError} no_face_detected, spoof_detected, image_decode_error.
 */
async function seeFaces (
  picture: Picture,
  { detector, antiSpoofing, mesh }: NativeModels,
  { rejects = false, standsIn = true, aligns, include = [], ...options }: SeeOptions,
  check: Check
): Promise<SeenFace[]> {
  const all = await findFaces(picture, detector, options)
  const detected = all.slice(0, options.maxFaces)
  check()
  const boxes = detected.length === 0 && standsIn ? [wholeOf(picture)] : detected
  const verdicts = antiSpoofing && await livenessOf(picture, boxes, antiSpoofing, check)
  if (verdicts && rejects) reportOrReject(verdicts, true)
  const refine = aligns || mesh ? detector?.refineLandmarks : undefined
  const found = refine ? await inBatches(detected, check, (batch) => refine(picture, batch)) : detected
  const faces = detected.length === 0 ? boxes : found
  const isReported = !rejects || include.includes('liveness')
  const traits = mesh ? await traitsOf(picture, found, mesh, include, all.slice(0, 2).map(({ box }) => area(box)), check) : []
  return faces.map((detection, i) => ({ detection, traits: { ...traits[i], ...(verdicts && isReported && { liveness: verdicts[i]! }) } }))
}

/** The face as the API reports it: its box expanded, in whole pixels, inside the picture. */
const reported = ({ detection: { box, landmarks, score }, traits }: SeenFace, { width, height }: Picture, { expandPercentage }: DetectOptions): Face =>
  ({ box: clip(expand(box, expandPercentage), width, height), landmarks, score, ...traits })

/**
 * decode → detect → the further facts that are asked for. Where no face is found there is none, unless `enforceDetection` is true.
 * @throws {FaceError} no_face_detected, image_decode_error.
 */
export async function detect (picture: Picture, models: NativeModels, options: FindOptions, check: Check): Promise<Face[]> {
  const seen = await seeFaces(picture, models, { ...options, standsIn: false, aligns: false }, check)
  return seen.map((face) => reported(face, picture, options))
}

/** The models that tell people apart. */
export interface RepresentModels {
  readonly recogniser: Recogniser
  /** Needed where ages are asked for. */
  readonly ageModel?: AttributeModel | undefined
}

/** decode → detect → check liveness → align → embed. @throws {FaceError} no_face_detected, spoof_detected, image_decode_error. */
export async function represent (
  picture: Picture,
  models: NativeModels,
  { recogniser, ageModel }: RepresentModels,
  options: DetectOptions,
  check: Check
): Promise<RepresentedFace[]> {
  const seen = await seeFaces(picture, models, { ...options, rejects: options.antiSpoofing === true, aligns: true }, check)
  const found = seen.map(({ detection }) => detection)
  const embeddings = await recogniser.embed(picture, found, options)
  check()
  const described = await ageModel?.describe(picture, found, AGE_FRAMING)
  return seen.map((one, i) => {
    const [face, embedding, { mesh }] = [reported(one, picture, options), embeddings[i]!, one.detection]
    return {
      ...face,
      ...(face.quality && { quality: withEmbedding(face.quality, embedding, recogniser.length) }),
      ...(mesh && { yaw: poseOf(mesh).yaw }),
      ...(described && { age: described[i]!.age! }),
      embedding
    }
  })
}

/**
 * decode → detect → check liveness → the attribute models, one after the other.
 * @throws {FaceError} no_face_detected, spoof_detected, image_decode_error.
 */
export async function analyze (
  picture: Picture,
  models: NativeModels,
  attributes: readonly AttributeModel[],
  options: DetectOptions,
  check: Check
): Promise<AnalyzedFace[]> {
  const seen = await seeFaces(picture, models, { ...options, rejects: options.antiSpoofing === true, aligns: true }, check)
  const found = seen.map(({ detection }) => detection)
  let faces: AnalyzedFace[] = seen.map((face) => reported(face, picture, options))
  for (const model of attributes) {
    check()
    const described = await model.describe(picture, found, options)
    faces = faces.map((face, i) => ({ ...face, ...described[i]! }))
  }
  return faces
}

/**
 * decode → detect → check liveness → crop, at the picture's own scale, rotated upright when asked.
 * @throws {FaceError} no_face_detected, image_decode_error; image_too_large when the crops are over `mostBytes`.
 */
export async function extract (
  picture: Picture,
  models: NativeModels,
  options: ExtractOptions,
  check: Check
): Promise<ExtractedFace[]> {
  const seen = await seeFaces(picture, models, { ...options, aligns: options.align }, check)
  const count = cropCounter(options.mostBytes ?? Infinity)
  const profile = options.grayscale ? undefined : await picture.profile()
  const faces: ExtractedFace[] = []
  for (const one of seen) {
    check()
    const { detection } = one
    const face = reported(one, picture, options)
    const upright = options.align ? uprightBox(face.box, detection.landmarks) : face.box
    const { w: width, h: height } = upright
    const rgb = new Uint8Array(width * height * 3)
    await crop(picture, boxToCrop(upright, detection.landmarks, width, height, options.align), { width, height, out: rgb, outside: 'black' })
    const png = await encodePng(options.grayscale ? toGrey(rgb) : rgb, width, height, options.grayscale ? 1 : 3, profile)
    count(png)
    faces.push({ ...face, png })
  }
  return faces
}
