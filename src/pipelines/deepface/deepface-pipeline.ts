/**
 * DeepFace's pipeline, function for function beside `../native/native-pipeline.ts`. This file implements the engine's contract; the files
 * that follow DeepFace itself, pixel for pixel, have the names of its modules: `detection.ts`, `representation.ts`, `demography.ts`,
 * `preprocessing.ts`, `normalization.ts`.
 */
import { encodePng } from '../../image/encode.ts'
import type { Image } from '../../image/image.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey } from '../../image/warp.ts'
import type {
  AnalyzedFace, AnalyzeOptions, AntiSpoofing, Check, DetectionModels, DetectOptions, ExtractedFace, ExtractOptions, Face, Liveness,
  RepresentedFace, RepresentOptions
} from '../contract.ts'
import { cropCounter } from '../crop-bytes.ts'
import { reportOrReject } from '../report-or-reject.ts'
import type { CanvasDetector, TensorAttributes, TensorRecogniser } from './deepface-models.ts'
import { analyzeFaces } from './demography.ts'
import { type DetectedFace, extractFaces } from './detection.ts'
import { representEach, representFaces } from './representation.ts'

/** Converts a face that DeepFace reports to the engine's contract: left and right as the viewer sees them. */
function reported ({ box, points, confidence, liveness }: Omit<DetectedFace, 'crop'>): Face {
  const { leftEye, rightEye, nose, mouthLeft, mouthRight } = points
  return { box, landmarks: [rightEye, leftEye, nose, mouthRight, mouthLeft], score: confidence, ...(liveness && { liveness }) }
}

/** Checks the liveness of each face in its box as it is reported, expanded. */
const livenessOf = (image: Image, faces: readonly DetectedFace[], { checkLiveness }: AntiSpoofing): Promise<Liveness[]> =>
  checkLiveness(image, faces.map(({ box }) => box))

/** Returns the function that reports liveness, or refuses prints and screens; undefined without a model for it. */
const livenessChecker = (image: Image, antiSpoofing: AntiSpoofing | undefined, options: DetectOptions) =>
  antiSpoofing && (async (faces: readonly DetectedFace[]) => reportOrReject(await livenessOf(image, faces, antiSpoofing), options.antiSpoofing))

/**
 * decode → detect → check liveness → align → embed, each as DeepFace does it: its `represent` refuses no print without a detector.
 * @throws {FaceError} no_face_detected, spoof_detected, image_decode_error.
 */
export async function represent (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<CanvasDetector>,
  recogniser: TensorRecogniser,
  options: RepresentOptions,
  check: Check
): Promise<RepresentedFace[]> {
  const image = await picture.whole()
  check()
  const { purpose } = options
  const checkLiveness = livenessChecker(image, antiSpoofing, options)
  const isChecked = detector !== undefined || options.antiSpoofing === 'report'
  const faces = purpose === 'represent'
    ? await representFaces(image, detector, recogniser, { ...options, checkLiveness: isChecked ? checkLiveness : undefined })
    : await representEach(image, detector, recogniser, { ...options, checkLiveness, channels: purpose === 'query' ? 'RGB' : 'BGR' })
  return faces.map((face) => ({ ...reported(face), embedding: face.embedding }))
}

/**
 * decode → detect → check liveness → the attribute models, each as DeepFace does it.
 * @throws {FaceError} no_face_detected, spoof_detected, image_decode_error.
 */
export async function analyze (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<CanvasDetector>,
  models: readonly TensorAttributes[],
  options: AnalyzeOptions,
  check: Check
): Promise<AnalyzedFace[]> {
  const image = await picture.whole()
  check()
  const faces = await analyzeFaces(image, detector, models, { ...options, checkLiveness: livenessChecker(image, antiSpoofing, options) }, check)
  return faces.map(({ points, confidence, crop: _, ...face }) => ({ ...face, ...reported({ ...face, points, confidence }) }))
}

/**
 * decode → detect → check liveness → crop, each as DeepFace does it.
 * @throws {FaceError} no_face_detected, image_decode_error; image_too_large when the crops are over `mostBytes`.
 */
export async function extract (
  picture: Picture,
  { detector, antiSpoofing }: DetectionModels<CanvasDetector>,
  options: ExtractOptions,
  check: Check
): Promise<ExtractedFace[]> {
  const image = await picture.whole()
  check()
  const found = await extractFaces(image, detector, {
    ...options,
    checkLiveness: antiSpoofing && ((faces) => livenessOf(image, faces, antiSpoofing))
  })
  const count = cropCounter(options.mostBytes ?? Infinity)
  const faces: ExtractedFace[] = []
  for (const face of found) {
    check()
    const { width, height, data } = face.crop
    const png = await encodePng(options.grayscale ? toGrey(data) : data, width, height, options.grayscale ? 1 : 3)
    count(png)
    faces.push({ ...reported(face), png })
  }
  return faces
}
