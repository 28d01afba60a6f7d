import type { RankRequest, Ranked } from '../match/rank.ts'
import type { AnalyzedFace, RepresentedFace, RepresentOptions, AnalyzeOptions, ExtractedFace, ExtractOptions } from '../pipelines/contract.ts'

/** What vectors depend on that the options do not say. */
export interface Fingerprint {
  /** sha256 of the published files of the models, in their order; undefined for one that nobody has had yet. */
  readonly weights: ReadonlyArray<string | undefined>
  /** Whether faces are looked for from all sides: then other ones are found. */
  readonly rotated: boolean
}

/** A search that the workers run on memory that they share with the main thread. */
export interface SharedRankRequest extends RankRequest {
  readonly vectors: Float32Array<SharedArrayBuffer>
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
  fingerprint: (options: Pick<RepresentOptions, 'model' | 'detector' | 'pipeline'>) => Promise<Fingerprint>
  /** Exact search, nearest first; equal distances in row order. */
  search: (request: SharedRankRequest, call?: CallOptions) => Promise<Ranked[]>
  /** What stands in the way of serving, in sentences; empty when ready. */
  missing: () => string[]
  /** Where inference runs and with how many threads, for the log and /ready. */
  readonly provider: 'cpu' | 'cuda'
  readonly workers: number
  load: () => EngineLoad
  close: () => Promise<void>
}
