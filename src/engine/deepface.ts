import { extractFaces, type ExtractedFace as FoundFace } from '../deepface/extract.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import { represent as representFaces, type TensorRecogniser } from '../deepface/represent.ts'
import { encodePng } from '../image/encode.ts'
import type { Picture } from '../image/picture.ts'
import { grey } from '../image/warp.ts'
import type { ExtractedFace, ExtractOptions, Face, RepresentedFace, RepresentOptions } from './engine.ts'
import type { Check } from './pipeline.ts'

/** A face as DeepFace reports it, in the engine's words: landmarks as the viewer sees them. */
function reported ({ box, points, confidence }: FoundFace): Face {
  const { leftEye, rightEye, nose, mouthLeft, mouthRight } = points
  return { box, landmarks: [rightEye, leftEye, nose, mouthRight, mouthLeft], score: confidence }
}

/** decode → detect → align → embed, each as DeepFace does it. */
export async function represent (picture: Picture, detector: CanvasDetector | undefined, recogniser: TensorRecogniser, options: RepresentOptions, check: Check): Promise<RepresentedFace[]> {
  const image = await picture.whole()
  check()
  const faces = await representFaces(image, detector, recogniser, options)
  return faces.map((face) => ({ ...reported(face), embedding: face.embedding }))
}

/** decode → detect → cut out, each as DeepFace does it. */
export async function extract (picture: Picture, detector: CanvasDetector | undefined, options: ExtractOptions, check: Check): Promise<ExtractedFace[]> {
  const image = await picture.whole()
  check()
  const found = await extractFaces(image, detector, options)
  const faces: ExtractedFace[] = []
  for (const face of found) {
    check()
    const { width, height, data } = face.crop
    faces.push({ ...reported(face), png: await encodePng(options.grayscale ? grey(data) : data, width, height, options.grayscale ? 1 : 3) })
  }
  return faces
}
