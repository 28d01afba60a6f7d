import type { Image } from '../../image/image.ts'
import type { Attributes, Check } from '../contract.ts'
import type { CanvasDetector, TensorAttributes } from './deepface-models.ts'
import { extractFaces, type DetectedFace, type DetectionOptions } from './detection.ts'
import { toTensor } from './preprocessing.ts'

/** Side of the attribute models' input, in pixels. */
const SIDE = 224

/**
 * DeepFace 0.0.100's `analyze` (`demography.py`), except for the order of its answers: all models run on the same tensor of a face.
 * @throws {FaceError} no_face_detected; what the detector and the models throw.
 */
export async function analyzeFaces (
  image: Image,
  detector: CanvasDetector | undefined,
  models: readonly TensorAttributes[],
  options: DetectionOptions,
  check: Check
): Promise<Array<DetectedFace & Attributes>> {
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
