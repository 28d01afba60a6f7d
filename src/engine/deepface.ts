import { analyze as analyzeFaces, type TensorAttributes } from '../deepface/analyze.ts'
import { extractFaces, type ExtractedFace as FoundFace } from '../deepface/extract.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import { represent as representFaces, representEach, type TensorRecogniser } from '../deepface/represent.ts'
import { FaceError } from '../errors.ts'
import { encodePng } from '../image/encode.ts'
import type { Image } from '../image/image.ts'
import type { Picture } from '../image/picture.ts'
import { grey } from '../image/warp.ts'
import type { AntiSpoofing, Liveness } from '../models/model.ts'
import type { AnalyzedFace, AnalyzeOptions, ExtractedFace, ExtractOptions, Face, RepresentedFace, RepresentOptions } from './engine.ts'
import { type Check, type Lookers, refuseSpoofs } from './pipeline.ts'

/** A face as DeepFace reports it, in the engine's words: landmarks as the viewer sees them. */
function reported ({ box, points, confidence }: FoundFace): Face {
  const { leftEye, rightEye, nose, mouthLeft, mouthRight } = points
  return { box, landmarks: [rightEye, leftEye, nose, mouthRight, mouthLeft], score: confidence }
}

/** Says of each face whether it is real: of its box as it is reported, expanded. */
const judge = (image: Image, faces: readonly FoundFace[], { judge }: AntiSpoofing): Promise<Liveness[]> => judge(image, faces.map(({ box }) => box))

/** What refuses pictures of pictures. */
const examiner = (image: Image, antiSpoofing: AntiSpoofing | undefined) =>
  antiSpoofing && (async (faces: readonly FoundFace[]): Promise<void> => refuseSpoofs(await judge(image, faces, antiSpoofing)))

/** DeepFace answers NaN there, for example for a picture of one colour with the normalization Facenet. */
const notFinite = ({ model, normalization }: RepresentOptions): FaceError =>
  new FaceError('deepface_error', `${model} gives no finite numbers for this image with the normalization ${normalization}. Send another normalization or image.`)

/** decode → detect → judge → align → embed, each as DeepFace does it: its `represent` judges no picture as a whole. @throws {FaceError} spoof_detected. */
export async function represent (picture: Picture, { detector, antiSpoofing }: Lookers<CanvasDetector>, recogniser: TensorRecogniser, options: RepresentOptions, check: Check): Promise<RepresentedFace[]> {
  const image = await picture.whole()
  check()
  const examine = examiner(image, antiSpoofing)
  const faces = options.purpose === 'represent'
    ? await representFaces(image, detector, recogniser, { ...options, examine: detector && examine })
    : await representEach(image, detector, recogniser, { ...options, examine, channels: options.purpose === 'query' ? 'RGB' : 'BGR' })
  if (faces.some(({ embedding }) => !embedding.every(Number.isFinite))) throw notFinite(options)
  return faces.map((face) => ({ ...reported(face), embedding: face.embedding }))
}

/** decode → detect → judge → the asked attribute models, each as DeepFace does it. @throws {FaceError} spoof_detected. */
export async function analyze (picture: Picture, { detector, antiSpoofing }: Lookers<CanvasDetector>, models: readonly TensorAttributes[], options: AnalyzeOptions, check: Check): Promise<AnalyzedFace[]> {
  const image = await picture.whole()
  check()
  const faces = await analyzeFaces(image, detector, models, { ...options, examine: examiner(image, antiSpoofing) }, check)
  return faces.map(({ box, points, confidence, crop, ...attributes }) => ({ ...reported({ box, points, confidence, crop }), ...attributes }))
}

/** decode → detect → judge → cut out, each as DeepFace does it. */
export async function extract (picture: Picture, { detector, antiSpoofing }: Lookers<CanvasDetector>, options: ExtractOptions, check: Check): Promise<ExtractedFace[]> {
  const image = await picture.whole()
  check()
  const found = await extractFaces(image, detector, options)
  const verdicts = antiSpoofing && await judge(image, found, antiSpoofing)
  const faces: ExtractedFace[] = []
  for (const [i, face] of found.entries()) {
    check()
    const { width, height, data } = face.crop
    faces.push({ ...reported(face), png: await encodePng(options.grayscale ? grey(data) : data, width, height, options.grayscale ? 1 : 3), ...(verdicts && { liveness: verdicts[i]! }) })
  }
  return faces
}
