import type { RankRequest, Ranked } from '../match/rank.ts'
import type {
  AnalyzedFace, AnalyzeOptions, DetectOptions, ExtractedFace, ExtractOptions, Face, FindOptions, RepresentedFace, RepresentOptions
} from '../pipelines/contract.ts'

/** Everything besides the options that the embeddings depend on. */
export interface Fingerprint {
  /** sha256 of the published files of the models, in their order; undefined for a file whose hash is not known yet. */
  readonly weights: ReadonlyArray<string | undefined>
  /** Whether the picture is also searched rotated by 90°, 180° and 270°, which finds other faces. */
  readonly rotated: boolean
}

/** A search that a worker runs on memory shared with the main thread. */
export interface SharedRankRequest extends RankRequest {
  readonly vectors: Float32Array<SharedArrayBuffer>
}

export interface CallOptions {
  /** Drops the work, waiting or running, when it aborts; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Background work runs only when no request waits, and is never refused as `overloaded`. */
  readonly background?: boolean
}

/** The current load of the workers. */
export interface EngineLoad {
  readonly workers: number
  /** Number of workers that run a job. */
  readonly busy: number
  /** Number of calls that wait for a worker. */
  readonly waiting: number
}

/**
 * Inference as the routes call it. All work runs in worker threads; nothing here blocks the event loop.
 *
 * `image` is an encoded picture. Its memory may be transferred to a worker: a caller must not read it afterwards. Faces come largest first;
 * in the deepface pipeline in the detector's order, unless `maxFaces` cuts them.
 *
 * Every method rejects with a FaceError: `overloaded`, `model_unavailable`, `image_decode_error`, `image_too_large`,
 * `no_face_detected`, `spoof_detected`, `deepface_error`, or with the reason of `signal`.
 */
export interface FaceEngine {
  /** Finds the faces of a picture, in the native pipeline. */
  detect: (image: Uint8Array, options: FindOptions, call?: CallOptions) => Promise<Face[]>
  /** Embeds the faces of a picture. */
  represent: (image: Uint8Array, options: RepresentOptions, call?: CallOptions) => Promise<RepresentedFace[]>
  /** Estimates attributes of the faces of a picture. */
  analyze: (image: Uint8Array, options: AnalyzeOptions, call?: CallOptions) => Promise<AnalyzedFace[]>
  /**
   * Estimates the ages of faces that the native pipeline found in a picture before, in years, in order; undefined where the model of ages cannot be
   * had. `expandPercentage` is that by which their boxes were expanded.
   */
  ages: (image: Uint8Array, faces: readonly Face[], options: Pick<DetectOptions, 'expandPercentage'>, call?: CallOptions) => Promise<number[] | undefined>
  /** Crops the faces of a picture. */
  extract: (image: Uint8Array, options: ExtractOptions, call?: CallOptions) => Promise<ExtractedFace[]>
  /** Returns what the embeddings of `represent` depend on besides its options. */
  fingerprint: (options: Pick<RepresentOptions, 'model' | 'detector' | 'pipeline'>) => Promise<Fingerprint>
  /** Exact search, nearest first; equal distances in row order. */
  search: (request: SharedRankRequest, call?: CallOptions) => Promise<Ranked[]>
  /** The reasons why the engine cannot serve now, in sentences; empty when it is ready. */
  missing: () => string[]
  /** The device of inference, for the log and /ready. */
  readonly provider: 'cpu' | 'cuda'
  /** Number of worker threads, for the log and /ready. */
  readonly workers: number
  load: () => EngineLoad
  close: () => Promise<void>
}
