import type { Box } from '../math/box.ts'
import type { DetectorName, Normalization, Pipeline, RecogniserName } from '../names.ts'
import type { GroupRequest } from './clusters/group-faces.ts'
import type { JoinRule } from './clusters/join-rule.ts'
import type { GroupShifts } from '../match/group-shift.ts'

/**
 * The types of collections, subjects and faces, and the interfaces of the stores. Routes use `Collections`. A `RecordStore` holds the
 * authoritative rows; searches are answered by an index that can be rebuilt from it at any time (indexed-collections.ts). An engine with a
 * search of its own implements `Collections` directly. Nothing specific to an engine crosses this file: no SQL, no index options; scores
 * are cosines.
 */

/** Increases with every write to a collection. Opaque to clients; in stores with a counter it is the counter in decimal. */
export type Version = string

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Metadata = { [key: string]: Json }

/**
 * The settings that the vectors of a collection are computed with. They never change, because vectors of different settings cannot be
 * compared. DETECT_ROTATED is not among them: it decides which faces are found, and a face has nearly the same vector with and without it
 * (`test/rotated.test.ts`).
 */
export interface CollectionSettings {
  readonly model: RecogniserName
  readonly pipeline: Pipeline
  readonly detector: DetectorName
  readonly normalization: Normalization
  readonly align: boolean
}

/** How searches of a collection decide. Unlike its settings they may change; what is left out is as the service has it. */
export interface SearchRules {
  /** Share of the strangers that a search may name, or `off`. */
  readonly falseAlarms?: number | 'off'
  /** Largest cosine distance of two faces of one person, for searches of any number. */
  readonly threshold?: number
}

/** New values of rules; null: as the service has it. */
export type RuleChanges = { readonly [Rule in keyof SearchRules]?: SearchRules[Rule] | null }

export interface NewCollection extends CollectionSettings, SearchRules {
  /** 1 to 64 characters of `A-Z a-z 0-9 . _ -`. */
  readonly id: string
  /** Number of values of an embedding of `model`. */
  readonly length: number
  /** Whether the photos of enrolled faces are stored. */
  readonly storePhotos: boolean
}

export interface Collection extends NewCollection {
  /** Unique per creation: re-creating an id gets a new key. */
  readonly key: number
  /** ISO 8601. */
  readonly createdAt: string
  /** Version of its last write. */
  readonly version: Version
}

/** A person with faces in a collection. */
export interface Subject {
  readonly id: string
  readonly name: string | null
  /** At most 16 KiB as JSON. */
  readonly metadata: Metadata
  /** Number of its faces. */
  readonly faces: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** Properties of a face besides its vector. */
export interface FaceDetails {
  /** Box in whole pixels of its photo; absent when the face was enrolled by its embedding alone. */
  readonly box?: Box
  /** Confidence of the detector, 0..1. */
  readonly score?: number
  /** Sharpness as measured by src/image/sharpness.ts. */
  readonly sharpness?: number
  /** Lower-case hex SHA-256 of its photo. */
  readonly photoHash?: string
  /** Estimated years, where verdicts go by them. */
  readonly age?: number
  /** Yaw of the head in degrees, where a mesh tells it. */
  readonly yaw?: number
}

export interface NewFace {
  readonly id: string
  /** Id of its subject. */
  readonly subject: string
  /** As many values as `length` of the collection, finite, not all zero, of any scale. */
  readonly embedding: Float32Array
  readonly details: FaceDetails
  /** Encoded photo, byte for byte as received; ignored by collections that do not store photos. */
  readonly photo?: Uint8Array
}

export interface EnrolledFace extends Omit<NewFace, 'photo'> {
  readonly createdAt: string
  readonly hasPhoto: boolean
}

/** One step of a write. The steps of one write are carried out in their order, all or none; write-plan.ts defines what they mean. */
export type Change =
  /**
   * `new`: creates the subject; conflict when it exists. `exists`: changes it; not_found when it does not exist. `any`: creates or changes it.
   * A field that is left out stays as it is.
   */
  | {
    readonly kind: 'put-subject'
    readonly when: 'new' | 'exists' | 'any'
    readonly id: string
    readonly name?: string | null
    readonly metadata?: Metadata
  }
  /** Deletes a subject with all its faces and photos. */
  | { readonly kind: 'delete-subject', readonly id: string }
  /**
   * Creates a face, or replaces the one of the same id. Its subject must exist by then, and a face stays with its subject: conflict when the id
   * belongs to another one.
   */
  | { readonly kind: 'put-face', readonly face: NewFace }
  | { readonly kind: 'delete-face', readonly subject: string, readonly id: string }

/** Most changes of one write: a larger one would hold up all other writers. write-plan.ts refuses it. */
export const MOST_CHANGES = 1000

/** Idempotency key of a write, which makes it happen once however often it is sent. */
export interface Once {
  readonly key: string
  /** Fingerprint of the request. The same key with another fingerprint is a conflict. */
  readonly fingerprint: string
  /** Answer to return for every repetition, as JSON. */
  readonly answer: string
}

/** Record of a write that was made under an idempotency key. */
export interface Kept {
  readonly answer: string
  readonly version: Version
}

export interface Written {
  /** Version of the collection that includes this write. */
  readonly version: Version
  /** The answer of the first time; set when this write has happened before and nothing was changed. */
  readonly replayed?: string
}

export interface Page {
  readonly limit: number
  /** `next` of the page before; undefined for the first page. Any other text is a validation_error. */
  readonly cursor?: string | undefined
}

export interface Paged<Item> {
  readonly items: readonly Item[]
  /** Cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
}

/** Restricts a search to some subjects. A closed set of conditions, all of which must hold, so that any engine can apply it before ranking. */
export interface Filter {
  readonly subjects?: readonly string[] | undefined
  /** Conditions by top-level field of the metadata: a value, one of several values, or a range. */
  readonly metadata?: Readonly<Record<string, Condition>> | undefined
}

export type Scalar = string | number | boolean
export type Condition = Scalar | { readonly in: readonly Scalar[] } | { readonly gte?: number, readonly lte?: number }

export interface SearchQuery {
  readonly vector: Float32Array
  readonly k: number
  /** Minimum cosine, −1..1. */
  readonly minScore?: number | undefined
  readonly filter?: Filter | undefined
  /** Whether hits include their Euclidean distance. */
  readonly distances?: boolean | undefined
  /** The search includes at least the writes up to this version; service_unavailable when they do not arrive in time. */
  readonly atLeast?: Version | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SearchHit {
  readonly face: string
  readonly subject: string
  /** Cosine of the angle to the query, −1..1. */
  readonly score: number
  /** Euclidean distance between the query and the vector, neither normalised; present when `distances` is set. */
  readonly distance?: number
  /** Properties by which verdicts go. */
  readonly details: Pick<FaceDetails, 'age' | 'yaw' | 'box'>
}

export interface SearchResult {
  /** Best first; equal scores in order of enrolment. */
  readonly hits: readonly SearchHit[]
  /** Number of faces that were compared, after the filter. With Milvus it may lag behind by a few seconds. */
  readonly compared: number
  /** The search includes all writes up to this version. */
  readonly asOf: Version
  /** True when these are provably the best, as float64 arithmetic over all faces would find them. */
  readonly exact: boolean
}

/** Methods common to both kinds of store. All of them reject with a FaceError: not_found, conflict, validation_error or service_unavailable. */
export interface Records {
  readonly createCollection: (collection: NewCollection, once?: Once) => Promise<{ collection: Collection, replayed?: string }>
  readonly collection: (id: string) => Promise<Collection | undefined>
  /** Changes the rules of a collection, not its version. */
  readonly updateCollection: (id: string, rules: RuleChanges) => Promise<Collection>
  readonly list: (page: Page) => Promise<Paged<Collection>>
  /** Deletes a collection with everything in it. */
  readonly dropCollection: (id: string) => Promise<void>
  readonly counts: (collection: string) => Promise<{ subjects: number, faces: number }>
  /**
   * Makes at most MOST_CHANGES changes. They are on stable storage when this resolves; when it rejects with not_found, conflict or
   * validation_error, nothing was changed. Only an engine without transactions may leave a write half done, when it or this process dies in
   * the middle of it (milvus/milvus-collections.ts).
   * @example
   * const { version } = await collections.write('staff', [
   *   { kind: 'put-subject', when: 'any', id: 'ann' },
   *   { kind: 'put-face', face: { id: randomUUID(), subject: 'ann', embedding, details: {} } }
   * ])
   */
  readonly write: (collection: string, changes: readonly Change[], once?: Once) => Promise<Written>
  /** Returns the record that is kept under this key. @throws {FaceError} conflict when it belongs to another request. */
  readonly recall: (once: Pick<Once, 'key' | 'fingerprint'>) => Promise<Kept | undefined>
  readonly subject: (collection: string, id: string) => Promise<Subject | undefined>
  /** Subjects in order of creation. */
  readonly subjects: (collection: string, page: Page) => Promise<Paged<Subject>>
  /** Faces of one subject in order of enrolment. */
  readonly faces: (collection: string, subject: string, page: Page) => Promise<Paged<EnrolledFace>>
  readonly photo: (collection: string, subject: string, face: string) => Promise<Uint8Array | undefined>
  /** Rejects when the store cannot be used now. */
  readonly check: () => Promise<void>
  readonly close: () => Promise<void>
}

/** A page of the history of a collection, in the order of commits. Each row appears once, as it is now, under the number of its last change. */
export interface Feed {
  /** Position to ask from next. */
  readonly upTo: number
  /** Last sequence number of the collection when this page was read. The reader is complete once `upTo` reaches it. */
  readonly head: number
  /** True when the reader has missed tombstones that are gone: it must discard all it has and take this page as the first. */
  readonly reset: boolean
  /** Changed subjects in their current state; `id` null: deleted. */
  readonly subjects: ReadonlyArray<{ readonly key: number, readonly id: string | null, readonly metadata: Metadata | null }>
  /** Changed faces in their current state, as parallel arrays. Keys are never reused and increase in order of enrolment. */
  readonly faces: {
    readonly keys: Float64Array
    /** Key of the subject of each face; 0: the face was deleted, and its vector is all zeros. */
    readonly subjects: Float64Array
    /** keys.length × the length of an embedding. */
    readonly embeddings: Float32Array
    /** Estimated years; NaN where they are not known. */
    readonly ages: Float32Array
  }
}

/** The authoritative rows of collections, and the feed that an index is built from. */
export interface RecordStore extends Records {
  /**
   * Returns a page of the changes after `after` (0: from the beginning), at most about `limit` rows. Every write takes its numbers from one
   * counter of the collection in its own transaction, so that no number appears after a later one has been read.
   */
  readonly changes: (collection: Collection, after: number, limit: number) => Promise<Feed>
  /** The faces with these keys, in any order; those that no longer exist are left out. */
  readonly vectors: (collection: Collection, keys: readonly number[]) => Promise<VectorRows>
  /** Calls back with the id of a collection that may have changed. A hint, never authoritative. Returns a function that stops the calls. */
  readonly watch: (onHint: (collection: string) => void) => () => void
}

/** Stored faces as parallel arrays. */
export interface VectorRows {
  readonly keys: readonly number[]
  readonly faces: readonly string[]
  readonly subjects: readonly string[]
  /** Sequence number of the last write to each face. */
  readonly seqs: readonly number[]
  /** `FaceDetails` of each face as JSON: only those of hits are read. */
  readonly details: readonly string[]
  /** keys.length × the length of an embedding. */
  readonly embeddings: Float32Array
}

/** The way in which a collection is grouped. */
export interface ClusterRule {
  /** Rule for so many faces. */
  readonly ruleOf: (count: number) => JoinRule
  /** How thresholds move by age; undefined: they do not. */
  readonly shifts?: GroupShifts | undefined
}

export interface ClusterStoredOptions extends ClusterRule {
  readonly signal: AbortSignal
  /** Called with the share of the work that is done, 0..1, about as it takes time. */
  readonly onProgress: (share: number) => void
}

/** The faces of a collection by person. */
export interface Clusters {
  /** Key of each face. */
  readonly keys: Float64Array
  /** Number of its group. */
  readonly numbers: Int32Array
  /** All writes up to this version are included. */
  readonly asOf: Version
}

/** The ids that belong to a key. */
export interface NamedFace {
  readonly key: number
  readonly face: string
  readonly subject: string
}

/** The interface that routes use. */
export interface Collections extends Records {
  /**
   * @example
   * const { hits } = await collections.search('staff', { vector: embedding, k: 5, minScore: 0.4, atLeast: version })
   */
  readonly search: (collection: string, query: SearchQuery) => Promise<SearchResult>
  /** Groups faces that show the same person; returns the number of its group for each face (clusters/group-faces.ts). */
  readonly group: (request: GroupRequest, signal?: AbortSignal) => Promise<Int32Array>
  /**
   * Groups all faces of a collection by person, in threads, while searches go on before it.
   * @throws {FaceError} not_found; validation_error when there are more than are clustered (clusters/snapshot.ts); the reason of the signal.
   */
  readonly cluster: (collection: string, options: ClusterStoredOptions) => Promise<Clusters>
  /** The ids of the faces with these keys, which `cluster` returned; those that no longer exist are left out. */
  readonly named: (collection: string, keys: readonly number[]) => Promise<readonly NamedFace[]>
  /** Reasons why the collections cannot be served, in sentences; empty when ready. */
  readonly missing: () => Promise<string[]>
}
