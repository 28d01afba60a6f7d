import type { Image } from '../../src/image/image.ts'
import { cosine } from '../../src/match/distance.ts'
import type { TensorRecogniser } from '../../src/pipelines/deepface/deepface-models.ts'
import { embedFaces } from '../../src/pipelines/deepface/representation.ts'
import { pixelsDifference } from './faces.ts'
import type { CropRecord, DecodeRecord, RepresentRecord } from './records.ts'

/** Difference between pictures decoded here and those decoded by OpenCV. */
export interface PicturesDifference {
  readonly compared: number
  /** Number of pictures that are the same to the bit. */
  readonly equal: number
  /** Mean difference of the pixels of the worst picture, out of 255; NaN when nothing was compared. */
  readonly mean: number
  readonly differing: readonly string[]
}

/**
 * Compares pictures with their records. `picture` returns the picture of that name, or undefined to skip it.
 * @throws {Error} when reading a picture throws.
 */
async function comparePictures<R extends DecodeRecord | CropRecord> (
  records: readonly R[],
  channels: 'rgb' | 'bgr',
  name: (record: R) => string,
  picture: (name: string) => Promise<Image | undefined>
): Promise<PicturesDifference> {
  const seen: Array<{ name: string, mean: number }> = []
  for (const record of records) {
    const image = await picture(name(record))
    if (image) seen.push({ name: name(record), mean: pixelsDifference(image, channels, record, 0).crop })
  }
  const differing = seen.filter(({ mean }) => mean > 0).map(({ name }) => name)
  const worst = seen.length > 0 ? Math.max(...seen.map(({ mean }) => mean)) : NaN
  return { compared: seen.length, equal: seen.length - differing.length, mean: worst, differing }
}

/** Compares decoded photos. */
export const compareDecoded = (records: readonly DecodeRecord[], photo: (name: string) => Promise<Image | undefined>): Promise<PicturesDifference> =>
  comparePictures(records, 'bgr', ({ image }) => image, photo)

/** Compares the recorded face crops, which are stored losslessly. */
export const compareCrops = (records: readonly CropRecord[], crop: (name: string) => Promise<Image | undefined>): Promise<PicturesDifference> =>
  comparePictures(records, 'rgb', ({ file }) => file, crop)

/**
 * Returns the cosines between the vectors of recorded face crops and the vectors recorded for the same faces, which leaves decoding and
 * detection out of the comparison.
 */
export async function cosinesOfCrops (
  crops: readonly CropRecord[],
  vectors: readonly RepresentRecord[],
  recognisers: ReadonlyMap<string, TensorRecogniser>,
  crop: (name: string) => Promise<Image | undefined>
): Promise<number[]> {
  const cosines: number[] = []
  for (const { file, image, detector, align, face_index: index } of crops) {
    const recorded = vectors.filter((vector) =>
      vector.image === image && vector.detector === detector && vector.align === align && vector.normalization === 'base')
    const face = recorded.length > 0 ? await crop(file) : undefined
    if (!face) continue
    for (const { model, faces } of recorded) {
      const [recogniser, embedding] = [recognisers.get(model), faces?.[index]?.embedding]
      if (!recogniser || !embedding) continue
      const detected = { crop: face, box: { x: 0, y: 0, w: face.width, h: face.height }, points: { leftEye: undefined, rightEye: undefined }, confidence: 0 }
      const [ours] = await embedFaces([detected], recogniser, 'base')
      cosines.push(1 - cosine(ours!.embedding, embedding))
    }
  }
  return cosines
}
