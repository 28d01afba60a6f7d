import { FaceError } from '../../src/errors.ts'
import type { Image } from '../../src/image/image.ts'
import type { CanvasDetector, CanvasFace, TensorRecogniser } from '../../src/pipelines/deepface/deepface-models.ts'
import { extractFaces, type DetectionOptions } from '../../src/pipelines/deepface/detection.ts'
import { embedFaces, representFaces } from '../../src/pipelines/deepface/representation.ts'
import { type AnswersDifference, compareAntiSpoofing, compareErrors, compareFind, compareRepresent, compareVerify, type Post } from './answers.ts'
import { compareFaces, type FacesDifference, worse } from './faces.ts'
import { comparePairs, keyOf, type PairsDifference } from './pairs.ts'
import { compareCrops, compareDecoded, cosinesOfCrops, type PicturesDifference } from './pictures.ts'
import type { ExtractRecord, Records } from './records.ts'
import { compareTensors, type TensorsDifference } from './tensors.ts'
import { type VectorDifference, vectorDifference } from './vectors.ts'

/** The models and the service that are compared with the records. */
export interface Candidates {
  /** Detectors by DeepFace's names; undefined stands for `skip`. */
  readonly detectors: ReadonlyMap<string, CanvasDetector | undefined>
  readonly recognisers: ReadonlyMap<string, TensorRecogniser>
  /** Returns the upright photo of that name, or undefined to skip it. */
  readonly photo: (name: string) => Promise<Image | undefined>
  /** Returns the recorded face crop of that file name, or undefined when there is none. */
  readonly crop: (name: string) => Promise<Image | undefined>
  /** Undefined when only the parts are compared. */
  readonly post: Post | undefined
}

export interface DetectorResult extends FacesDifference {
  readonly detector: string
  readonly calls: number
  /** Calls whose faces are equal. */
  readonly equalCalls: number
  /** Calls that differ, as `image variant`. */
  readonly differing: readonly string[]
}

export interface ModelResult extends PairsDifference {
  readonly model: string
  /** Compared vectors, and the smallest cosine between ours and the recorded one; NaN when there are none. */
  readonly vectors: number
  readonly cosine: number
  /**
   * Vectors compared by length and first values, and the largest difference relative to the length of the vector; NaN when there are
   * none.
   */
  readonly briefs: number
  readonly values: number
}

export interface Results {
  readonly detectors: readonly DetectorResult[]
  readonly models: readonly ModelResult[]
  readonly answers: ReadonlyArray<AnswersDifference & { readonly endpoint: string }>
  readonly tensors: TensorsDifference
  readonly decoded: PicturesDifference
  readonly crops: PicturesDifference
  /** Cosines between the vectors of recorded face crops and the recorded vectors. */
  readonly cropCosines: readonly number[]
  readonly photos: number
}

/**
 * Runs every recorded call that the candidates support, photo by photo. Boxes count as equal within `tolerance` pixels.
 * @throws {Error} when reading a photo throws.
 */
export async function compareAll (records: Records, candidates: Candidates, tolerance: number, onPhoto: (name: string) => void = () => {}): Promise<Results> {
  const { extract, represent: vectors, verify, tensors, decoded, crops } = records
  const { detectors, recognisers, photo, crop, post } = candidates
  const known = <R extends { detector: string }>(records: readonly R[]): R[] => records.filter(({ detector }) => detectors.has(detector))
  const calls = known(extract)
  const embedded = known(vectors).filter(({ model }) => recognisers.has(model))
  const pairs = known(verify).filter(({ model }) => recognisers.has(model))
  const differences: Array<{ record: ExtractRecord, difference: FacesDifference }> = []
  const compared: Array<VectorDifference & { model: string }> = []
  const embeddings = new Map<string, readonly Float32Array[]>()
  let photos = 0

  for (const name of new Set([...calls, ...embedded].map(({ image }) => image).concat(pairs.flatMap(({ img1, img2 }) => [img1, img2])))) {
    const image = await photo(name)
    if (!image) continue
    onPhoto(name)
    photos++
    for (const [detector, plain] of detectors) {
      const finder = plain && withCache(plain)
      for (const record of calls.filter((record) => record.image === name && record.detector === detector)) {
        const faces = await orNone(extractFaces(image, finder, optionsOf(record)))
        differences.push({ record, difference: compareFaces(faces, record, tolerance) })
      }
      for (const record of embedded.filter((record) => record.image === name && record.detector === detector)) {
        const faces = await orNone(representFaces(image, finder, recognisers.get(record.model)!, { ...optionsOf(record), normalization: record.normalization }))
        for (const [i, recorded] of (record.faces ?? []).entries()) compared.push({ model: record.model, ...vectorDifference(faces[i]?.embedding, recorded) })
      }
      for (const { model } of pairs.filter((pair) => pair.detector === detector && [pair.img1, pair.img2].includes(name))) {
        const key = keyOf(model, detector, name)
        if (embeddings.has(key)) continue
        const faces = await orNone(extractFaces(image, finder, optionsOf({ align: true })))
        embeddings.set(key, (await embedFaces(faces, recognisers.get(model)!, 'base')).map(({ embedding }) => embedding))
      }
    }
  }

  return {
    photos,
    tensors: await compareTensors(tensors, crop),
    decoded: await compareDecoded(decoded, photo),
    crops: await compareCrops(crops, crop),
    cropCosines: await cosinesOfCrops(crops, vectors, recognisers, crop),
    answers: post ? await compareAnswers(records, candidates, post) : [],
    detectors: [...detectors.keys()].map((detector) => summary(detector, differences.filter(({ record }) => record.detector === detector))),
    models: [...recognisers.keys()].map((model) => {
      const own = compared.filter((one) => one.model === model)
      const cosines = own.flatMap(({ cosine }) => cosine ?? [])
      const values = own.flatMap(({ values }) => values ?? [])
      const of = (numbers: readonly number[], worst: (...numbers: number[]) => number): number => numbers.length > 0 ? worst(...numbers) : NaN
      return {
        model,
        vectors: cosines.length,
        cosine: of(cosines, Math.min),
        briefs: values.length,
        values: of(values, Math.max),
        ...comparePairs(pairs.filter((pair) => pair.model === model), embeddings)
      }
    })
  }
}

/** Compares the answers of the whole service to the recorded calls whose photos exist and whose detectors are compared. */
async function compareAnswers (
  { verifyVariants, representVariants, find, errors, antiSpoof }: Records,
  { detectors, photo }: Candidates,
  post: Post
): Promise<Results['answers']> {
  const there = new Map<string, boolean>()
  const isThere = async (...names: ReadonlyArray<string | undefined>): Promise<boolean> => {
    for (const name of names) if (name !== undefined && !there.has(name)) there.set(name, await photo(name) !== undefined)
    return names.every((name) => name === undefined || there.get(name))
  }
  const known = async <R>(
    records: readonly R[],
    detector: (record: R) => string | undefined,
    images: (record: R) => ReadonlyArray<string | undefined>
  ): Promise<R[]> => {
    const kept: R[] = []
    for (const record of records) if (detectors.has(detector(record) ?? 'opencv') && await isThere(...images(record))) kept.push(record)
    return kept
  }
  const knownVerify = await known(
    verifyVariants,
    ({ kwargs }) => kwargs.detector_backend,
    ({ img1, img2 }) => [img1, img2].filter((image) => typeof image === 'string')
  )
  const knownRepresent = await known(
    representVariants,
    ({ kwargs }) => kwargs.detector_backend,
    ({ image, images = [] }) => [image, ...images]
  )
  const results = {
    verify: await compareVerify(knownVerify, post),
    represent: await compareRepresent(knownRepresent, post),
    find: await compareFind(await known(find, ({ detector }) => detector, ({ query }) => [query]), post),
    'anti-spoofing': await compareAntiSpoofing(await known(antiSpoof, ({ detector }) => detector, ({ image }) => [image]), post),
    errors: await compareErrors(await known(errors, () => undefined, () => []), post)
  }
  return Object.entries(results).map(([endpoint, difference]) => ({ endpoint, ...difference }))
}

const optionsOf = ({ align, expand_percentage: expandPercentage = 0, max_faces: maxFaces }: Pick<ExtractRecord, 'align' | 'expand_percentage' | 'max_faces'>): DetectionOptions =>
  ({ align, expandPercentage, maxFaces, enforceDetection: true })

/** Returns no faces, instead of failing, when none was detected. */
export async function orNone<Face> (faces: Promise<Face[]>): Promise<Face[]> {
  try {
    return await faces
  } catch (error) {
    if (error instanceof FaceError && error.code === 'no_face_detected') return []
    throw error
  }
}

/** Wraps a detector so that it runs once on each canvas of one photo: the padded one and the plain one. */
export function withCache (detector: CanvasDetector): CanvasDetector {
  const seen = new Map<number, Promise<CanvasFace[]>>()
  return {
    ...detector,
    find (canvas) {
      const known = seen.get(canvas.left) ?? detector.find(canvas)
      seen.set(canvas.left, known)
      return known
    }
  }
}

function summary (detector: string, compared: ReadonlyArray<{ record: ExtractRecord, difference: FacesDifference }>): DetectorResult {
  const differing = compared.filter(({ difference }) => !difference.equal).map(({ record: { image, variant } }) => `${image} ${variant}`)
  const none: FacesDifference = { equal: true, box: 0, confidence: 0, crop: 0, off: 0 }
  return {
    detector,
    calls: compared.length,
    equalCalls: compared.length - differing.length,
    differing,
    ...compared.map(({ difference }) => difference).reduce(worse, none)
  }
}
