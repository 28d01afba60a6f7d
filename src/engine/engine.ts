import type { Box } from '../math/box.ts'
import type { Point } from '../math/point.ts'
import type { Liveness } from '../models/model.ts'
import type { Action, DetectorName, Emotion, Gender, Normalization, Pipeline, Race, RecogniserName } from '../names.ts'

/** How faces are found and cut out; every field has been given its default by the route. */
export interface DetectOptions {
  readonly pipeline: Pipeline
  readonly detector: DetectorName
  /** No face is an error (`no_face_detected`) when true; when false the whole picture stands for the face, with score 0. */
  readonly enforceDetection: boolean
  /** Rotate each face upright before it is cut out. */
  readonly align: boolean
  /** Grow each box by this percentage of its size, 0..100. */
  readonly expandPercentage: number
  /** Keep only this many faces, the largest; all when undefined. */
  readonly maxFaces: number | undefined
  /** Refuse pictures of pictures (`spoof_detected`); `extract` tells them apart instead. */
  readonly antiSpoofing: boolean
}

export interface RepresentOptions extends DetectOptions {
  readonly model: RecogniserName
  readonly normalization: Normalization
  /** Whether to measure how sharp each face is. */
  readonly sharpness?: boolean
  /**
   * Which of DeepFace's functions the deepface pipeline follows, as they differ: `represent`; `compare` for `verify` and the photos of
   * `find`; `query` for who is looked for by `find`, whose red and blue DeepFace exchanges. The native pipeline has one way.
   */
  readonly purpose: 'represent' | 'compare' | 'query'
}

export interface AnalyzeOptions extends DetectOptions {
  readonly actions: readonly Action[]
}

export interface ExtractOptions extends DetectOptions {
  readonly grayscale: boolean
}

type Maybe = Point | undefined
export type SomeLandmarks = readonly [Maybe, Maybe, Maybe, Maybe, Maybe]

/** What vectors depend on that the options do not say. */
export interface Basis {
  /** sha256 of the published files of the models, in their order; undefined for one that nobody has had yet. */
  readonly weights: ReadonlyArray<string | undefined>
  /** Whether faces are looked for from all sides: then other ones are found. */
  readonly rotated: boolean
}

/** One face of one picture. */
export interface Face {
  /** Whole pixels, expanded when that was asked. Inside the picture; in the deepface pipeline as DeepFace has it (see `deepface/extract.ts`). */
  readonly box: Box
  /** In the order of `Landmarks`. Undefined, or with undefined ones, where the detector gives none. */
  readonly landmarks: SomeLandmarks | undefined
  /** Detector confidence, 0..1; in the deepface pipeline as DeepFace has it. */
  readonly score: number
}

/** A face with its vector. Its length is the model's; it is not scaled to length 1. */
export interface RepresentedFace extends Face {
  readonly embedding: Float32Array
  /** As src/image/sharpness.ts measures it, where that was asked. */
  readonly sharpness?: number
}

/** Percentages that sum to 100, by key. */
export type Scores<Key extends string> = Readonly<Record<Key, number>>

/** A face with what was asked about it; what was not asked is absent. */
export interface AnalyzedFace extends Face {
  readonly age?: number
  readonly gender?: Scores<Gender>
  readonly emotion?: Scores<Emotion>
  readonly race?: Scores<Race>
}

/** A face cut out of its picture. */
export interface ExtractedFace extends Face {
  /** An encoded PNG: RGB, or one channel when grayscale was asked. */
  readonly png: Uint8Array
  /** With `antiSpoofing`. */
  readonly liveness?: Liveness
}

/** The rows of `vectors` nearest to a query. */
export interface SearchHit {
  readonly row: number
  readonly distance: number
}

export interface SearchRequest {
  /** `rows × length` values, row by row, in memory that all workers see. */
  readonly vectors: Float32Array<SharedArrayBuffer>
  readonly length: number
  readonly query: Float32Array
  readonly metric: 'cosine' | 'euclidean' | 'euclidean_l2' | 'angular'
  /** Only rows at this distance or nearer. */
  readonly threshold: number
  /** How many rows at most; all when undefined. */
  readonly k: number | undefined
}

export interface CallOptions {
  /** Drops the work, waiting or running, when it aborts; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Background work runs only when no request waits, and is never refused as `overloaded`. */
  readonly background?: boolean
}

/** How busy the workers are, at this moment. */
export interface EngineLoad {
  readonly workers: number
  /** Workers that run something. */
  readonly busy: number
  /** Requests that wait for a worker. */
  readonly waiting: number
}

/**
 * What the routes may ask of the models. All work runs in worker threads; nothing here blocks the event loop.
 *
 * `image` is an encoded picture. Its memory may be handed over to a worker: a caller must not read it afterwards.
 * Faces come largest first; in the deepface pipeline in the detector's order, unless `maxFaces` cuts them.
 *
 * Every method rejects with a FaceError: `overloaded`, `model_unavailable`, `image_decode_error`, `image_too_large`,
 * `no_face_detected`, `spoof_detected`, `deepface_error`, or with the reason of `signal`.
 */
export interface FaceEngine {
  represent: (image: Uint8Array, options: RepresentOptions, call?: CallOptions) => Promise<RepresentedFace[]>
  analyze: (image: Uint8Array, options: AnalyzeOptions, call?: CallOptions) => Promise<AnalyzedFace[]>
  extract: (image: Uint8Array, options: ExtractOptions, call?: CallOptions) => Promise<ExtractedFace[]>
  /** What the vectors of `represent` depend on besides its options, once it has been asked. */
  basis: (options: Pick<RepresentOptions, 'model' | 'detector' | 'pipeline'>) => Promise<Basis>
  /** Exact search, nearest first; equal distances in row order. */
  search: (request: SearchRequest, call?: CallOptions) => Promise<SearchHit[]>
  /** What stands in the way of serving, in sentences; empty when ready. */
  missing: () => string[]
  /** Where inference runs and with how many threads, for the log and /ready. */
  readonly provider: 'cpu' | 'cuda'
  readonly workers: number
  load: () => EngineLoad
  close: () => Promise<void>
}
