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

/** Vectors of faces that have been extracted, of all at once. */
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
 * Vectors of all faces of a picture, as `verify` and `find` make them: in the order of DeepFace's lists, face by face. `channels` is RGB
 * for the query of `find` where DeepFace's own distances are wanted.
 * @throws {FaceError} no_face_detected; what detector and recogniser throw.
 */
export async function representEach (
  image: Image,
  detector: CanvasDetector | undefined,
  recogniser: TensorRecogniser,
  { normalization, channels, ...options }: DetectionOptions & Pick<TensorOptions, 'normalization'> & { readonly channels: 'BGR' | 'RGB' }
): Promise<EmbeddedFace[]> {
  const faces: EmbeddedFace[] = []
  for (const face of await extractFaces(image, detector, options)) faces.push(...await embedFaces([face], recogniser, normalization, { channels }))
  return faces
}

/**
 * DeepFace 0.0.100's `represent` (`representation.py`). Without a detector (`skip`) it resizes the picture's bytes, not fractions, and
 * reports a box of the picture's height by its width: both are kept.
 * @throws {FaceError} no_face_detected; what detector and recogniser throw.
 */
export async function represent (
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
