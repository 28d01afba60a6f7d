import { noFaceDetected, spoofDetected } from '../../errors.ts'
import { crop } from '../../image/crop.ts'
import { encodePng } from '../../image/encode.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey } from '../../image/warp.ts'
import { area, clip, expand } from '../../math/box.ts'
import type { AntiSpoofing, AttributeModel, Detection, Detector, Liveness, Recogniser, DetectionModels, DetectOptions, AnalyzedFace, RepresentedFace, Check, ExtractedFace, ExtractOptions, Face } from '../contract.ts'
import { boxToCrop, uprightBox } from './align.ts'

/**
 * The faces of a picture, largest first. Without a detector (`skip`), or when none is found and that is allowed, the whole
 * picture stands for one face without landmarks and with score 0.
 * @throws {FaceError} no_face_detected, image_decode_error.
 */
async function locate (picture: Picture, detector: Detector | undefined, { enforceDetection, maxFaces }: DetectOptions): Promise<Detection[]> {
  const whole: Detection = { box: { x: 0, y: 0, w: picture.width, h: picture.height }, landmarks: undefined, score: 0 }
  if (!detector) return [whole]
  const found = await detector.detect(picture)
  if (found.length === 0 && enforceDetection) throw noFaceDetected()
  if (found.length === 0) return [whole]
  return found.sort((p, q) => area(q.box) - area(p.box)).slice(0, maxFaces)
}

/** The face as it is reported: its box expanded, in whole pixels, inside the picture. */
const reported = ({ box, landmarks, score }: Detection, { width, height }: Picture, { expandPercentage }: DetectOptions): Face =>
  ({ box: clip(expand(box, expandPercentage), width, height), landmarks, score })

/** Says of each face whether it is real: of its own box, in the picture at full scale, as the networks were trained. */
async function livenessOf (picture: Picture, faces: readonly Detection[], { checkLiveness }: AntiSpoofing): Promise<Liveness[]> {
  const { width, height } = picture
  return checkLiveness(await picture.whole(), faces.map(({ box }) => clip(box, width, height)))
}

/** @throws {FaceError} spoof_detected unless all faces are real. */
export function rejectSpoofs (verdicts: readonly Liveness[]): void {
  if (verdicts.some(({ isReal }) => !isReal)) throw spoofDetected()
}

/** decode → detect → judge → align → embed. @throws {FaceError} spoof_detected. */
export async function represent (picture: Picture, { detector, antiSpoofing }: DetectionModels<Detector>, recogniser: Recogniser, options: DetectOptions, check: Check): Promise<RepresentedFace[]> {
  const found = await locate(picture, detector, options)
  check()
  if (antiSpoofing) rejectSpoofs(await livenessOf(picture, found, antiSpoofing))
  const embeddings = await recogniser.embed(picture, found, options)
  return found.map((face, i) => ({ ...reported(face, picture, options), embedding: embeddings[i]! }))
}

/** decode → detect → judge → the asked attribute models, one after the other. @throws {FaceError} spoof_detected. */
export async function analyze (picture: Picture, { detector, antiSpoofing }: DetectionModels<Detector>, models: readonly AttributeModel[], options: DetectOptions, check: Check): Promise<AnalyzedFace[]> {
  const found = await locate(picture, detector, options)
  if (antiSpoofing) rejectSpoofs(await livenessOf(picture, found, antiSpoofing))
  let faces: AnalyzedFace[] = found.map((face) => reported(face, picture, options))
  for (const model of models) {
    check()
    const attributes = await model.describe(picture, found, options)
    faces = faces.map((face, i) => ({ ...face, ...attributes[i]! }))
  }
  return faces
}

/** decode → detect → judge → cut out, at the picture's own scale, turned upright when asked. */
export async function extract (picture: Picture, { detector, antiSpoofing }: DetectionModels<Detector>, options: ExtractOptions, check: Check): Promise<ExtractedFace[]> {
  const found = await locate(picture, detector, options)
  const verdicts = antiSpoofing && await livenessOf(picture, found, antiSpoofing)
  const faces: ExtractedFace[] = []
  for (const [i, detection] of found.entries()) {
    check()
    const face = reported(detection, picture, options)
    const upright = options.align ? uprightBox(face.box, detection.landmarks) : face.box
    const { w: width, h: height } = upright
    const rgb = new Uint8Array(width * height * 3)
    await crop(picture, boxToCrop(upright, detection.landmarks, width, height, options.align), { width, height, out: rgb, outside: 'black' })
    faces.push({ ...face, png: await encodePng(options.grayscale ? toGrey(rgb) : rgb, width, height, options.grayscale ? 1 : 3), ...(verdicts && { liveness: verdicts[i]! }) })
  }
  return faces
}
