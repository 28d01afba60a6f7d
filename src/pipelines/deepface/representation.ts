import type { Image } from '../../image/image.ts'
import type { Box } from '../../math/box.ts'
import type { Normalization } from '../../names.ts'
import type { CanvasDetector, TensorRecogniser } from './deepface-models.ts'
import { extractFaces, type DetectedFace, type DetectionOptions } from './detection.ts'
import { toTensor, type TensorOptions } from './preprocessing.ts'

export interface EmbeddedFace extends DetectedFace {
  /** Not scaled to length 1. */
  readonly embedding: Float32Array
}

/** Embeds the extracted faces, all in one call of the recogniser. */
export async function embedFaces (
  faces: readonly DetectedFace[],
  recogniser: TensorRecogniser,
  normalization: Normalization,
  { channels = 'BGR', resize = 'float' }: Pick<TensorOptions, 'channels' | 'resize'> = {}
): Promise<EmbeddedFace[]> {
  const tensors = faces.map(({ crop }) => toTensor(crop, { size: recogniser.size, normalization, channels, resize }))
  const embeddings = await recogniser.embed(tensors)
  return faces.map((face, i) => ({ ...face, embedding: embeddings[i]! }))
}

/**
 * Embeds all faces of a picture as `verify` and `find` do: in the order of DeepFace's lists, face by face. `channels` is RGB for the query
 * of `find`, for DeepFace's own distances.
 * @throws {FaceError} no_face_detected; what the detector and the recogniser throw.
 */
export async function representEach (
  image: Image,
  detector: CanvasDetector | undefined,
  recogniser: TensorRecogniser,
  { normalization, channels, ...options }: DetectionOptions & Pick<TensorOptions, 'normalization'> & { readonly channels: 'BGR' | 'RGB' }
): Promise<EmbeddedFace[]> {
  const faces: EmbeddedFace[] = []
  for (const face of await extractFaces(image, detector, options)) {
    faces.push(...await embedFaces([face], recogniser, normalization, { channels }))
  }
  return faces
}

/**
 * DeepFace 0.0.100's `represent` (`representation.py`). Without a detector (`skip`) DeepFace resizes the picture's bytes, not fractions,
 * and reports a box with the picture's height as its width and vice versa; so does this.
 * @throws {FaceError} no_face_detected; what the detector and the recogniser throw.
 */
export async function representFaces (
  image: Image,
  detector: CanvasDetector | undefined,
  recogniser: TensorRecogniser,
  { normalization, ...options }: DetectionOptions & { readonly normalization: Normalization }
): Promise<EmbeddedFace[]> {
  const faces = await extractFaces(image, detector, options)
  if (detector) return embedFaces(faces, recogniser, normalization)
  const box: Box = { x: 0, y: 0, w: image.height, h: image.width }
  return embedFaces(faces.map((face) => ({ ...face, box })), recogniser, normalization, { resize: 'uint8' })
}
