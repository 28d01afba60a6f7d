import type { Box } from '../math/box.ts'
import type { DetectorName, Normalization, Pipeline, RecogniserName } from '../names.ts'

/**
 * What a collection, a subject and a face are, and what may be asked of those who keep them. Routes see `Collections`; a `RecordStore` keeps
 * the truth, and an index that can be made again from it at any time answers the searches (`indexed.ts`). An engine that searches by itself
 * implements `Collections` directly. Nothing of an engine crosses this file: no SQL, no options of its index; scores are cosines.
 */

/** Grows with every write to a collection. Opaque to clients; in stores with a counter it is the decimal count. */
export type Version = string

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
export type Metadata = { [key: string]: Json }

/**
 * What the vectors of a collection are made with. Vectors of other settings cannot be compared with them, so it never changes.
 * DETECT_ROTATED is no part of it: it decides which faces are found, and a face has much the same vector with it and without
 * (`test/rotated.test.ts`).
 */
export interface CollectionSettings {
  readonly model: RecogniserName
  readonly pipeline: Pipeline
  readonly detector: DetectorName
  readonly normalization: Normalization
  readonly align: boolean
}

export interface NewCollection extends CollectionSettings {
  /** 1 to 64 of `A-Z a-z 0-9 . _ -`. */
  readonly id: string
  /** Values of an embedding of `model`. */
  readonly length: number
  /** Whether the photos of enrolled faces are kept too. */
  readonly storePhotos: boolean
}

export interface Collection extends NewCollection {
  /** Of this collection and no other, though it be dropped and made again under the same id. */
  readonly key: number
  /** ISO 8601. */
  readonly createdAt: string
  /** Of its last write. */
  readonly version: Version
}

/** Somebody with faces in a collection. */
export interface Subject {
  readonly id: string
  readonly name: string | null
  /** At most 16 KiB as JSON. */
  readonly metadata: Metadata
  readonly faces: number
  readonly createdAt: string
  readonly updatedAt: string
}

/** What is known of a face besides its vector. */
export interface FaceDetails {
  /** In whole pixels of its photo; absent where it was enrolled by its embedding alone. */
  readonly box?: Box
  /** Of the detector, 0..1. */
  readonly score?: number
  /** As src/image/sharpness.ts measures it. */
  readonly sharpness?: number
  /** SHA-256 of its photo, lower-case hex. */
  readonly photoHash?: string
}

export interface NewFace {
  readonly id: string
  readonly subject: string
  /** As long as the collection says, finite, not zero; of any scale. */
  readonly embedding: Float32Array
  readonly details: FaceDetails
  /** Encoded, as it came; only in collections that store photos. */
  readonly photo?: Uint8Array
}

export interface EnrolledFace extends Omit<NewFace, 'photo'> {
  readonly createdAt: string
  readonly hasPhoto: boolean
}

/** One step of a write; the steps of one call happen all or not at all, in their order. */
export type Change =
  /** `new`: a conflict where it exists. `exists`: not_found where it does not. `any`: made or changed. What is left out stays as it is. */
  | { readonly kind: 'put-subject', readonly when: 'new' | 'exists' | 'any', readonly id: string, readonly name?: string | null, readonly metadata?: Metadata }
  /** With all its faces and photos. */
  | { readonly kind: 'delete-subject', readonly id: string }
  /** Its subject must exist by then. A face of the same id is replaced; it stays with its subject. */
  | { readonly kind: 'put-face', readonly face: NewFace }
  | { readonly kind: 'delete-face', readonly subject: string, readonly id: string }

/** More would hold up all other writers. */
export const MOST_CHANGES = 1000

/** What a client calls a write, so that it happens once however often it is sent. */
export interface Once {
  readonly key: string
  /** Of the request: the same key with another one is a conflict. */
  readonly fingerprint: string
  /** The answer to give again, as JSON. */
  readonly answer: string
}

/** What was kept of a write under its key. */
export interface Kept {
  readonly answer: string
  readonly version: Version
}

export interface Written {
  /** Of the collection with this write in it. */
  readonly version: Version
  /** Set where this write had happened before and nothing was changed: its answer then. */
  readonly replayed?: string
}

export interface Page {
  readonly limit: number
  /** The `next` of the page before; none for the first page. @throws {FaceError} validation_error for any other text. */
  readonly cursor?: string | undefined
}

export interface Paged<Item> {
  readonly items: readonly Item[]
  /** Undefined at the end. */
  readonly next: string | undefined
}

/** Which subjects may be found. A closed set of conditions, all of which must hold, so that any engine can apply it before it ranks. */
export interface Filter {
  readonly subjects?: readonly string[] | undefined
  /** By top-level field of the metadata: its value, one of several, or a range. */
  readonly metadata?: Readonly<Record<string, Condition>> | undefined
}

export type Scalar = string | number | boolean
export type Condition = Scalar | { readonly in: readonly Scalar[] } | { readonly gte?: number, readonly lte?: number }

export interface SearchQuery {
  readonly vector: Float32Array
  readonly k: number
  /** Least cosine, −1..1. */
  readonly minScore?: number | undefined
  readonly filter?: Filter | undefined
  /** Whether hits tell their Euclidean distance too. */
  readonly distances?: boolean | undefined
  /** Search with at least this write in it. @throws {FaceError} service_unavailable when it is not there in time. */
  readonly atLeast?: Version | undefined
  readonly signal?: AbortSignal | undefined
}

export interface SearchHit {
  readonly face: string
  readonly subject: string
  /** Cosine of the angle to the query, −1..1. */
  readonly score: number
  /** Between the query and the vector, both as they are; where that was asked. */
  readonly distance?: number
}

export interface SearchResult {
  /** Best first; equal scores in the order of enrolment. */
  readonly hits: readonly SearchHit[]
  /** The search saw all writes up to this one. */
  readonly asOf: Version
  /** Whether these are provably the best, as float64 arithmetic over all faces would find them. */
  readonly exact: boolean
}

/** What both kinds of store do alike. Every method rejects with a FaceError: not_found, conflict, validation_error, service_unavailable. */
export interface Records {
  readonly createCollection: (collection: NewCollection, once?: Once) => Promise<{ collection: Collection, replayed?: string }>
  readonly collection: (id: string) => Promise<Collection | undefined>
  readonly list: (page: Page) => Promise<Paged<Collection>>
  /** With everything in it. */
  readonly dropCollection: (id: string) => Promise<void>
  readonly counts: (collection: string) => Promise<{ subjects: number, faces: number }>
  /** At most MOST_CHANGES. Durable when it resolves. */
  readonly write: (collection: string, changes: readonly Change[], once?: Once) => Promise<Written>
  /** What is kept under this key; @throws {FaceError} conflict where it was for another request. */
  readonly recall: (once: Pick<Once, 'key' | 'fingerprint'>) => Promise<Kept | undefined>
  readonly subject: (collection: string, id: string) => Promise<Subject | undefined>
  /** In the order they were made. */
  readonly subjects: (collection: string, page: Page) => Promise<Paged<Subject>>
  /** Of one subject, in the order they were enrolled. */
  readonly faces: (collection: string, subject: string, page: Page) => Promise<Paged<EnrolledFace>>
  readonly photo: (collection: string, subject: string, face: string) => Promise<Uint8Array | undefined>
  /** Rejects where the store cannot be used now. */
  readonly check: () => Promise<void>
  readonly close: () => Promise<void>
}

/** What a store promises. */
export interface Capabilities {
  /** Whether a write is on stable storage when it resolves. */
  readonly durableOnAck: boolean
  /** Whether all changes of a write happen, or none. */
  readonly atomicBatch: boolean
  readonly sharedAcrossProcesses: boolean
}

/** A page of what has happened to a collection, in the order of commits. */
export interface Feed {
  /** Ask for what comes after it next. */
  readonly upTo: number
  /** Last sequence number of the collection when this was read; nothing is missing once `upTo` is there. */
  readonly head: number
  /** The reader has missed what is no longer told: it must forget all it has and take this page for the first. */
  readonly reset: boolean
  /** Subjects as they are now; null: deleted. */
  readonly subjects: ReadonlyArray<{ readonly key: number, readonly id: string | null, readonly metadata: Metadata | null }>
  /** Faces as they are now, side by side. Keys are never used again, and grow in the order of enrolment. */
  readonly faces: {
    readonly keys: Float64Array
    /** Key of the subject of each; 0: the face was deleted, and its vector is zeros. */
    readonly subjects: Float64Array
    /** keys.length × the length of an embedding. */
    readonly embeddings: Float32Array
  }
}

/** The truth of a collection, and the feed from which an index is kept. */
export interface RecordStore extends Records {
  readonly caps: Capabilities
  /**
   * What happened after `after` (0: from the beginning), at most about `limit` rows. Every write takes its numbers from one counter of the
   * collection in its own transaction, so that no number appears after a later one has been read.
   */
  readonly changes: (collection: Collection, after: number, limit: number) => Promise<Feed>
  /** The faces with these keys, in any order; those that are gone are left out. */
  readonly vectors: (collection: Collection, keys: readonly number[]) => Promise<VectorRows>
  /** Calls back with the id of a collection that may have changed. A hint, never the truth. Returns how to stop. */
  readonly watch: (onHint: (collection: string) => void) => () => void
}

export interface VectorRows {
  readonly keys: readonly number[]
  readonly faces: readonly string[]
  readonly subjects: readonly string[]
  /** Of the last write to each. */
  readonly seqs: readonly number[]
  /** keys.length × the length of an embedding. */
  readonly embeddings: Float32Array
}

/** What routes ask. */
export interface Collections extends Records {
  readonly caps: Capabilities & { readonly exact: boolean }
  readonly search: (collection: string, query: SearchQuery) => Promise<SearchResult>
  /** Groups of faces, side by side in `embeddings`, that show one person each: for each face the number of its group (search/group.ts). */
  readonly group: (request: { readonly embeddings: Float32Array, readonly length: number, readonly minScore: number }, signal?: AbortSignal) => Promise<Int32Array>
  /** What stands in the way of serving, in sentences; empty when ready. */
  readonly missing: () => Promise<string[]>
}
