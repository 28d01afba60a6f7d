import type { Image } from '../image/image.ts'
import type { Attributes } from '../models/model.ts'
import type { CanvasDetector } from './detector.ts'
import { extractFaces, type ExtractedFace, type ExtractOptions } from './extract.ts'
import { toTensor } from './tensor.ts'

/** Side of what the attribute models see, in pixels. */
const SIDE = 224

/** An attribute model as this pipeline asks it. */
export interface TensorAttributes {
  /** One answer a tensor, in order: float32 [224, 224, 3], blue first, 0..1 (see `toTensor`). */
  readonly describe: (tensors: readonly Float32Array[]) => Promise<Attributes[]>
}

/**
 * DeepFace 0.0.100's `analyze` (`demography.py`), but for its order of answers: all models look at the same tensor of a face.
 * @throws {FaceError} no_face_detected; what detector and models throw.
 */
export async function analyze (image: Image, detector: CanvasDetector | undefined, models: readonly TensorAttributes[], options: ExtractOptions, check: () => void): Promise<Array<ExtractedFace & Attributes>> {
  const found = await extractFaces(image, detector, options)
  const tensors = found.map(({ crop }) => toTensor(crop, { size: [SIDE, SIDE], normalization: 'base' }))
  let faces: Array<ExtractedFace & Attributes> = found
  for (const model of models) {
    check()
    const answers = await model.describe(tensors)
    faces = faces.map((face, i) => ({ ...face, ...answers[i]! }))
  }
  return faces
}
