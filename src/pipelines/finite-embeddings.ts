import { engineFailed, FaceError } from '../errors.ts'
import type { RepresentedFace, RepresentOptions } from './contract.ts'

/**
 * Returns `faces` when every value of every embedding is finite: JSON cannot carry NaN, and a distance to it has no meaning. DeepFace
 * returns NaN, for example, for a picture of one colour with the normalization `Facenet`.
 * @throws {FaceError} deepface_error when a value is not finite.
 */
export function finiteEmbeddings (faces: RepresentedFace[], { pipeline, model, normalization }: RepresentOptions): RepresentedFace[] {
  if (faces.every(({ embedding }) => embedding.every(Number.isFinite))) return faces
  if (pipeline === 'native') throw engineFailed(new Error(`${model} gave an embedding that is not finite.`))
  throw new FaceError('deepface_error', `${model} gives no finite numbers for this image with the normalization ${normalization}. Send another normalization or image.`)
}
