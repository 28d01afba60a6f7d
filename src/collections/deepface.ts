import { FaceError } from '../errors.ts'
import { recogniserNamed } from '../models/index.ts'
import type { DetectorName, Normalization, RecogniserName } from '../models/names.ts'
import { ID } from '../schemas/patterns.ts'
import type { Collection, Gallery, NewCollection } from './contract.ts'
import { sha256 } from './once.ts'

/** What DeepFace's database tells its rows apart by. */
export interface Criteria {
  readonly model_name: RecogniserName
  readonly detector_backend: DetectorName
  readonly align: boolean
  readonly l2_normalize: boolean
  readonly normalization: Normalization
}

/** The collection that stands for the rows of these criteria. */
export const collectionId = ({ model_name: model, detector_backend: detector, align, l2_normalize: l2, normalization }: Criteria): string =>
  `deepface.${model}.${detector}.${align ? 'aligned' : 'unaligned'}.${l2 ? 'l2' : 'raw'}.${normalization}`

/** That collection, made where it is not there yet. */
export async function collectionFor (gallery: Gallery, criteria: Criteria): Promise<Collection> {
  const id = collectionId(criteria)
  const { model_name: model, detector_backend: detector, align, normalization } = criteria
  const settings: NewCollection = { id, model, detector, align, normalization, pipeline: 'deepface', length: recogniserNamed(model).length, storePhotos: false }
  try {
    return await gallery.collection(id) ?? (await gallery.createCollection(settings)).collection
  } catch (error) {
    // Another request was faster.
    const made = error instanceof FaceError && error.code === 'conflict' ? await gallery.collection(id) : undefined
    if (!made) throw error
    return made
  }
}

/** @throws {FaceError} not_found, in DeepFace's words. */
export async function existingFor (gallery: Gallery, criteria: Criteria): Promise<Collection> {
  const collection = await gallery.collection(collectionId(criteria))
  if (collection) return collection
  const { model_name: model, detector_backend: detector, align, l2_normalize: l2 } = criteria
  throw new FaceError('not_found', `No embeddings found in the database for the criteria model_name=${model}, detector_backend=${detector}, align=${align}, l2_normalize=${l2}. You must call register for some facial images first.`)
}

/** The subject that an image name stands for: itself where it can be an id. */
export const subjectOf = async (name: string): Promise<string> => new RegExp(ID).test(name) ? name : `n-${(await sha256(Buffer.from(name))).slice(0, 40)}`

/** `vector` at length 1, where that is asked. */
export function scaledFor ({ l2_normalize: l2 }: Criteria, vector: Float32Array): Float32Array {
  const length = l2 ? Math.hypot(...vector) : 1
  return length === 0 || length === 1 ? vector : vector.map((value) => value / length)
}
