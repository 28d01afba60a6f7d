import { FaceError, validationError } from '../errors.ts'
import { recogniserNamed } from '../models/catalogue.ts'
import type { DetectorName, Normalization, RecogniserName } from '../names.ts'
import { sha256OfBytes } from '../system/sha256.ts'
import type { Collection, Collections, NewCollection, SearchHit } from './contract.ts'
import { ID } from './id-patterns.ts'

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
export async function collectionFor (collections: Collections, criteria: Criteria): Promise<Collection> {
  const id = collectionId(criteria)
  const { model_name: model, detector_backend: detector, align, normalization } = criteria
  const settings: NewCollection = { id, model, detector, align, normalization, pipeline: 'deepface', length: recogniserNamed(model).length, storePhotos: false }
  try {
    return await collections.collection(id) ?? (await collections.createCollection(settings)).collection
  } catch (error) {
    // Another request was faster.
    const made = error instanceof FaceError && error.code === 'conflict' ? await collections.collection(id) : undefined
    if (!made) throw error
    return made
  }
}

/** @throws {FaceError} not_found, in DeepFace's words. */
export async function existingFor (collections: Collections, criteria: Criteria): Promise<Collection> {
  const collection = await collections.collection(collectionId(criteria))
  if (collection) return collection
  const { model_name: model, detector_backend: detector, align, l2_normalize: l2 } = criteria
  throw new FaceError('not_found', `No embeddings found in the database for the criteria model_name=${model}, detector_backend=${detector}, align=${align}, l2_normalize=${l2}. You must call register for some facial images first.`)
}

/** The subject that an image name stands for: itself where it can be an id. */
export const subjectOf = async (name: string): Promise<string> => new RegExp(ID).test(name) ? name : `n-${(await sha256OfBytes(Buffer.from(name))).slice(0, 40)}`

/** `vector` at length 1, where that is asked. */
export function scaledFor ({ l2_normalize: l2 }: Criteria, vector: Float32Array): Float32Array {
  const length = l2 ? Math.hypot(...vector) : 1
  return length === 0 || length === 1 ? vector : vector.map((value) => value / length)
}

/** More faces than this are not compared one by one. */
const MOST_COMPARED = 10_000
/** For the rounding of cosines, where a bound of them follows from lengths. */
const SLACK = 1e-9

export interface NearQuery {
  readonly vector: Float32Array
  /** At most so many; all when undefined. */
  readonly k: number | undefined
  /** Farther ones are left out; Infinity for none. */
  readonly threshold: number
  readonly signal: AbortSignal
}

/**
 * The faces nearest by Euclidean distance of vectors as they are, which collections do not search by. The best by angle are compared, and that
 * none of the others is nearer follows from the angle beyond which they are: no vector at angle θ is nearer to q than |q|·sin θ, nor,
 * beyond a right angle, than |q|.
 * @throws {FaceError} validation_error where that cannot be told of the first 10,000.
 */
export async function nearest (collections: Collections, collection: string, { vector, k, threshold, signal }: NearQuery): Promise<Array<SearchHit & { readonly distance: number }>> {
  const length = Math.hypot(...vector)
  const minScore = threshold < length ? Math.sqrt(1 - (threshold / length) ** 2) - SLACK : -1
  const { hits } = await collections.search(collection, { vector, k: MOST_COMPARED, minScore, distances: true, signal })
  const near = hits.map((hit) => ({ ...hit, distance: hit.distance! })).filter(({ distance }) => distance <= threshold).sort((a, b) => a.distance - b.distance).slice(0, k)
  const last = hits.length < MOST_COMPARED ? undefined : Math.max(0, hits.at(-1)!.score + SLACK)
  const unseen = last === undefined ? Infinity : length * Math.sqrt(Math.max(0, 1 - last ** 2))
  const wanted = k !== undefined && near.length === k ? near[k - 1]!.distance : threshold
  if (unseen < wanted) throw validationError([{ field: 'distance_metric', msg: `may be euclidean only where at most ${MOST_COMPARED} faces have to be compared; register and search with l2_normalize, or use euclidean_l2, cosine or angular` }])
  return near
}
