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
  AnalyzedFace, AntiSpoofing, AttributeModel, Check, Detection, DetectionModels, Detector, DetectOptions, ExtractedFace, ExtractOptions,
  Face, Liveness, Recogniser, RepresentedFace
} from '../contract.ts'
import { cropCounter } from '../crop-bytes.ts'
import { reportOrReject } from '../report-or-reject.ts'
import { boxToCrop, uprightBox } from './align.ts'

/**
 * Finds the faces of a picture, largest first. Without a detector (`skip`), or when none is found and that is allowed, the whole
 * picture stands for one face without landmarks and with score 0.
 * @throws {FaceError} no_face_detected, image_decode_error.
 */
async function detectFaces (
  picture: Picture,
  detector: Detector | undefined,
  { enforceDetection, maxFaces }: DetectOptions
): Promise<Detection[]> {
  const whole: Detection = { box: { x: 0, y: 0, w: picture.width, h: picture.height }, landmarks: undefined, score: 0 }
  if (!detector) return [whole]
  const found = await detector.detect(picture)
  if (found.length === 0 && enforceDetection) throw noFaceDetected()
  if (found.length === 0) return [whole]
  return found.sort((p, q) => area(q.box) - area(p.box)).slice(0, maxFaces)
}

/** The face as the API reports it: its box expanded, in whole pixels, inside the picture. */
const reported = (
  { box, landmarks, score }: Detection,
  { width, height }: Picture,
  { expandPercentage }: DetectOptions,
  liveness: Liveness | undefined
): Face => ({ box: clip(expand(box, expandPercentage), width, height), landmarks, score, ...(liveness && { liveness }) })

/** Checks the liveness of each face in its own box, not expanded, and in the picture at full scale, as the networks were trained. */
async function livenessOf (picture: Picture, faces: readonly Detection[], { checkLiveness }: AntiSpoofing): Promise<Liveness[]> {
  const { width, height } = picture
  return checkLiveness(await picture.whole(), faces.map(({ box }) => clip(box, width, height)))
}

/** decode → detect → check liveness → align → embed. @throws {FaceError} no_face_detected, spoof_detected, image_decode_error. */
export async function represent (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<Detector>,
  recogniser: Recogniser,
  options: DetectOptions,
  check: Check
): Promise<RepresentedFace[]> {
  const found = await detectFaces(picture, detector, options)
  check()
  const verdicts = antiSpoofing && reportOrReject(await livenessOf(picture, found, antiSpoofing), options.antiSpoofing)
  const embeddings = await recogniser.embed(picture, found, options)
  return found.map((face, i) => ({ ...reported(face, picture, options, verdicts?.[i]), embedding: embeddings[i]! }))
}

/**
 * decode → detect → check liveness → the attribute models, one after the other.
 * @throws {FaceError} no_face_detected, spoof_detected, image_decode_error.
 */
export async function analyze (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<Detector>,
  models: readonly AttributeModel[],
  options: DetectOptions,
  check: Check
): Promise<AnalyzedFace[]> {
  const found = await detectFaces(picture, detector, options)
  const verdicts = antiSpoofing && reportOrReject(await livenessOf(picture, found, antiSpoofing), options.antiSpoofing)
  let faces: AnalyzedFace[] = found.map((face, i) => reported(face, picture, options, verdicts?.[i]))
  for (const model of models) {
    check()
    const attributes = await model.describe(picture, found, options)
    faces = faces.map((face, i) => ({ ...face, ...attributes[i]! }))
  }
  return faces
}

/**
 * decode → detect → check liveness → crop, at the picture's own scale, rotated upright when asked.
 * @throws {FaceError} no_face_detected, image_decode_error; image_too_large when the crops are over `mostBytes`.
 */
export async function extract (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<Detector>,
  options: ExtractOptions,
  check: Check
): Promise<ExtractedFace[]> {
  const found = await detectFaces(picture, detector, options)
  const verdicts = antiSpoofing && await livenessOf(picture, found, antiSpoofing)
  const count = cropCounter(options.mostBytes ?? Infinity)
  const profile = await picture.profile()
  const faces: ExtractedFace[] = []
  for (const [i, detection] of found.entries()) {
    check()
    const face = reported(detection, picture, options, verdicts?.[i])
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
