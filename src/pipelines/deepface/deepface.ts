import { encodePng } from '../../image/encode.ts'
import type { Image } from '../../image/image.ts'
import type { Picture } from '../../image/picture.ts'
import { toGrey } from '../../image/warp.ts'
import type { AntiSpoofing, Liveness, DetectionModels, AnalyzedFace, RepresentedFace, RepresentOptions, AnalyzeOptions, Check, ExtractedFace, ExtractOptions, Face } from '../contract.ts'
import { rejectSpoofs } from '../native/native.ts'
import type { CanvasDetector, TensorRecogniser, TensorAttributes } from './deepface-models.ts'
import { analyze as analyzeFaces } from './demography.ts'
import { extractFaces, type DetectedFace as FoundFace } from './detection.ts'
import { represent as representFaces, representEach } from './representation.ts'

/** A face as DeepFace reports it, in the engine's words: landmarks as the viewer sees them. */
function reported ({ box, points, confidence }: FoundFace): Face {
  const { leftEye, rightEye, nose, mouthLeft, mouthRight } = points
  return { box, landmarks: [rightEye, leftEye, nose, mouthRight, mouthLeft], score: confidence }
}

/** Says of each face whether it is real: of its box as it is reported, expanded. */
const livenessOf = (image: Image, faces: readonly FoundFace[], { checkLiveness }: AntiSpoofing): Promise<Liveness[]> => checkLiveness(image, faces.map(({ box }) => box))

/** What refuses pictures of pictures. */
const spoofRejecter = (image: Image, antiSpoofing: AntiSpoofing | undefined) =>
  antiSpoofing && (async (faces: readonly FoundFace[]): Promise<void> => rejectSpoofs(await livenessOf(image, faces, antiSpoofing)))

/** decode → detect → judge → align → embed, each as DeepFace does it: its `represent` judges no picture as a whole. @throws {FaceError} spoof_detected. */
export async function represent (picture: Picture, { detector, antiSpoofing }: DetectionModels<CanvasDetector>, recogniser: TensorRecogniser, options: RepresentOptions, check: Check): Promise<RepresentedFace[]> {
  const image = await picture.whole()
  check()
  const rejectFakes = spoofRejecter(image, antiSpoofing)
  const faces = options.purpose === 'represent'
    ? await representFaces(image, detector, recogniser, { ...options, rejectSpoofs: detector && rejectFakes })
    : await representEach(image, detector, recogniser, { ...options, rejectSpoofs: rejectFakes, channels: options.purpose === 'query' ? 'RGB' : 'BGR' })
  return faces.map((face) => ({ ...reported(face), embedding: face.embedding }))
}

/** decode → detect → judge → the asked attribute models, each as DeepFace does it. @throws {FaceError} spoof_detected. */
export async function analyze (picture: Picture, { detector, antiSpoofing }: DetectionModels<CanvasDetector>, models: readonly TensorAttributes[], options: AnalyzeOptions, check: Check): Promise<AnalyzedFace[]> {
  const image = await picture.whole()
  check()
  const faces = await analyzeFaces(image, detector, models, { ...options, rejectSpoofs: spoofRejecter(image, antiSpoofing) }, check)
  return faces.map(({ box, points, confidence, crop, ...attributes }) => ({ ...reported({ box, points, confidence, crop }), ...attributes }))
}

/** decode → detect → judge → cut out, each as DeepFace does it. */
export async function extract (picture: Picture, { detector, antiSpoofing }: DetectionModels<CanvasDetector>, options: ExtractOptions, check: Check): Promise<ExtractedFace[]> {
  const image = await picture.whole()
  check()
  const found = await extractFaces(image, detector, options)
  const verdicts = antiSpoofing && await livenessOf(image, found, antiSpoofing)
  const faces: ExtractedFace[] = []
  for (const [i, face] of found.entries()) {
    check()
    const { width, height, data } = face.crop
    faces.push({ ...reported(face), png: await encodePng(options.grayscale ? toGrey(data) : data, width, height, options.grayscale ? 1 : 3), ...(verdicts && { liveness: verdicts[i]! }) })
  }
  return faces
}
