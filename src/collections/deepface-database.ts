import { FaceError } from '../errors.ts'
import { recogniserNamed } from '../models/catalogue.ts'
import type { DetectorName, Normalization, RecogniserName } from '../names.ts'
import { sha256OfBytes } from '../system/sha256.ts'
import type { Collection, Collections, NewCollection, SearchHit } from './contract.ts'
import { ID } from './id-patterns.ts'

/** The settings by which DeepFace's database separates its rows: each set of them has a collection here. */
export interface RowSettings {
  readonly model: RecogniserName
  readonly detector: DetectorName
  readonly align: boolean
  /** Whether vectors are stored at length 1. */
  readonly l2Normalize: boolean
  readonly normalization: Normalization
}

/** Id of the collection that holds the rows with these settings. */
const collectionId = ({ model, detector, align, l2Normalize, normalization }: RowSettings): string =>
  `deepface.${model}.${detector}.${align ? 'aligned' : 'unaligned'}.${l2Normalize ? 'l2' : 'raw'}.${normalization}`

/** Whether a collection holds rows of DeepFace's database, whose subjects are named by images. */
export const isOfDeepface = ({ id }: Collection): boolean => id.startsWith('deepface.')

/** Returns the collection that holds the rows with these settings; undefined when nothing has been registered with them. */
export const collectionOf = async (collections: Collections, settings: RowSettings): Promise<Collection | undefined> =>
  await collections.collection(collectionId(settings))

/** Returns the collection that holds the rows with these settings, and creates it when there is none. */
export async function collectionFor (collections: Collections, settings: RowSettings): Promise<Collection> {
  const { model, detector, align, normalization } = settings
  const length = recogniserNamed(model).length
  const created: NewCollection = { id: collectionId(settings), model, detector, align, normalization, pipeline: 'deepface', length, storePhotos: false }
  try {
    return await collectionOf(collections, settings) ?? (await collections.createCollection(created)).collection
  } catch (error) {
    // Another request has created it meanwhile.
    const made = error instanceof FaceError && error.code === 'conflict' ? await collectionOf(collections, settings) : undefined
    if (!made) throw error
    return made
  }
}

/** Id of the subject that an image name stands for: the name itself where it is a valid id, else `n-` and 40 hex digits of its SHA-256. */
export const subjectOf = async (name: string): Promise<string> =>
  new RegExp(ID).test(name) ? name : `n-${(await sha256OfBytes(Buffer.from(name))).slice(0, 40)}`

/** Returns `vector` scaled to length 1 where the settings ask for it; a zero vector stays as it is. */
export function scaledFor ({ l2Normalize }: Pick<RowSettings, 'l2Normalize'>, vector: Float32Array): Float32Array {
  const length = l2Normalize ? Math.hypot(...vector) : 1
  return length === 0 || length === 1 ? vector : vector.map((value) => value / length)
}

/** Most faces whose Euclidean distances are computed for one query. */
export const MOST_COMPARED = 10_000
/** Tolerance for the rounding of cosines where a bound of them follows from lengths. */
const SLACK = 1e-9

export interface NearQuery {
  readonly vector: Float32Array
  /** At most this many; all when undefined. */
  readonly k: number | undefined
  /** Faces farther than this are left out; Infinity keeps all. */
  readonly threshold: number
  /** Whether the faces compared are the answer even where another may be nearer. */
  readonly isApproximate?: boolean
  readonly signal: AbortSignal
}

export type NearFace = SearchHit & { readonly distance: number }

/**
 * Returns the faces nearest by Euclidean distance of the vectors at their own scale, nearest first. Collections do not search by it: the
 * MOST_COMPARED best by angle are compared. That none of the others is nearer follows from the angle beyond which they lie: no vector at
 * angle θ is nearer to q than |q|·sin θ, nor, beyond a right angle, than |q|. Undefined when this bound does not exclude the others, unless an
 * approximate answer will do.
 * @example
 * const faces = await nearest(collections, id, { vector, k: 5, threshold: Infinity, signal })
 * if (!faces) throw validationError([{ field: 'distance_metric', msg: 'may not be euclidean here' }])
 */
export async function nearest (
  collections: Collections,
  collection: string,
  { vector, k, threshold, isApproximate = false, signal }: NearQuery
): Promise<NearFace[] | undefined> {
  const length = Math.hypot(...vector)
  const minScore = threshold < length ? Math.sqrt(1 - (threshold / length) ** 2) - SLACK : -1
  const { hits } = await collections.search(collection, { vector, k: MOST_COMPARED, minScore, distances: true, signal })
  const near = hits.map((hit) => ({ ...hit, distance: hit.distance! }))
    .filter(({ distance }) => distance <= threshold)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, k)
  const last = hits.length < MOST_COMPARED ? undefined : Math.max(0, hits.at(-1)!.score + SLACK)
  const unseen = last === undefined ? Infinity : length * Math.sqrt(Math.max(0, 1 - last ** 2))
  const wanted = k !== undefined && near.length === k ? near[k - 1]!.distance : threshold
  return unseen < wanted && !isApproximate ? undefined : near
}
