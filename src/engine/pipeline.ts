import { noFaceDetected } from '../errors.ts'
import { area, clip, expand } from '../geometry/box.ts'
import { crop } from '../image/crop.ts'
import { encodePng } from '../image/encode.ts'
import type { Picture } from '../image/picture.ts'
import { grey } from '../image/warp.ts'
import { boxToCrop, standing } from '../models/framing.ts'
import type { AttributeModel, Detection, Detector, Recogniser } from '../models/model.ts'
import type { AnalyzedFace, DetectOptions, ExtractedFace, ExtractOptions, Face, RepresentedFace } from './engine.ts'

/** Throws when the request is no longer wanted; called between stages. */
export type Check = () => void

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

/** decode → detect → align → embed. */
export async function represent (picture: Picture, detector: Detector | undefined, recogniser: Recogniser, options: DetectOptions, check: Check): Promise<RepresentedFace[]> {
  const found = await locate(picture, detector, options)
  check()
  const embeddings = await recogniser.embed(picture, found, options)
  return found.map((face, i) => ({ ...reported(face, picture, options), embedding: embeddings[i]! }))
}

/** decode → detect → the asked attribute models, one after the other. */
export async function analyze (picture: Picture, detector: Detector | undefined, models: readonly AttributeModel[], options: DetectOptions, check: Check): Promise<AnalyzedFace[]> {
  const found = await locate(picture, detector, options)
  let faces: AnalyzedFace[] = found.map((face) => reported(face, picture, options))
  for (const model of models) {
    check()
    const attributes = await model.describe(picture, found, options)
    faces = faces.map((face, i) => ({ ...face, ...attributes[i]! }))
  }
  return faces
}

/** decode → detect → cut out, at the picture's own scale, turned upright when asked. */
export async function extract (picture: Picture, detector: Detector | undefined, options: ExtractOptions, check: Check): Promise<ExtractedFace[]> {
  const found = await locate(picture, detector, options)
  const faces: ExtractedFace[] = []
  for (const detection of found) {
    check()
    const face = reported(detection, picture, options)
    const upright = options.align ? standing(face.box, detection.landmarks) : face.box
    const { w: width, h: height } = upright
    const rgb = new Uint8Array(width * height * 3)
    await crop(picture, boxToCrop(upright, detection.landmarks, width, height, options.align), { width, height, out: rgb, outside: 'black' })
    faces.push({ ...face, png: await encodePng(options.grayscale ? grey(rgb) : rgb, width, height, options.grayscale ? 1 : 3) })
  }
  return faces
}
