import type { Image } from '../../image/image.ts'
import type { Attributes } from '../contract.ts'
import type { CanvasDetector, TensorAttributes } from './deepface-models.ts'
import { extractFaces, type DetectedFace, type DetectionOptions } from './detection.ts'
import { toTensor } from './preprocessing.ts'

/** Side of what the attribute models see, in pixels. */
const SIDE = 224

/**
 * DeepFace 0.0.100's `analyze` (`demography.py`), but for its order of answers: all models look at the same tensor of a face.
 * @throws {FaceError} no_face_detected; what detector and models throw.
 */
export async function analyze (image: Image, detector: CanvasDetector | undefined, models: readonly TensorAttributes[], options: DetectionOptions, check: () => void): Promise<Array<DetectedFace & Attributes>> {
  const found = await extractFaces(image, detector, options)
  const tensors = found.map(({ crop }) => toTensor(crop, { size: [SIDE, SIDE], normalization: 'base' }))
  let faces: Array<DetectedFace & Attributes> = found
  for (const model of models) {
    check()
    const answers = await model.describe(tensors)
    faces = faces.map((face, i) => ({ ...face, ...answers[i]! }))
  }
  return faces
}
