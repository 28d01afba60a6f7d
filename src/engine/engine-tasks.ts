import type { Ranked } from '../match/rank.ts'
import type {
  AnalyzedFace, AnalyzeOptions, ExtractedFace, ExtractOptions, Face, FindOptions, FoundFace, RepresentedFace, RepresentOptions
} from '../pipelines/contract.ts'
import type { Claim } from '../system/memory-budget.ts'
import type { SharedRankRequest } from './face-engine.ts'
import type { CacheLimits } from './model-cache.ts'

/** A model on disk, by the name of its card. */
export interface ModelFile {
  readonly name: string
  /** Its graph, or its published file when that is used as it is. */
  readonly path: string
  /** Paths of the further parts that the card names. */
  readonly parts?: Readonly<Record<string, string>>
}

/** An encoded picture, and the models that find and check its faces. */
export interface ImageTask {
  readonly image: Uint8Array
  /** Undefined for the detector `skip`. */
  readonly detector: ModelFile | undefined
  /** Finds the landmarks of the detector's faces; undefined when the detector does. */
  readonly landmarks: ModelFile | undefined
  /** Finds those of faces that are turned too far for `landmarks`; opened by the first such face. */
  readonly turned: ModelFile | undefined
  /** Undefined when the request asks for no check of liveness. */
  readonly antiSpoofing: ModelFile | undefined
  /** Finds points on the surface of faces; undefined when the request asks for nothing that is read from them. */
  readonly mesh: ModelFile | undefined
}

export interface RepresentTask extends ImageTask {
  readonly recogniser: ModelFile
  /** Estimates the ages of the faces; undefined when they are not asked for, or the model cannot be had. */
  readonly ages: ModelFile | undefined
  readonly options: RepresentOptions
}

/** The operations of the engine's workers. */
export interface EngineOperations {
  readonly detect: (task: ImageTask & { readonly options: FindOptions }) => Promise<Face[]>
  readonly represent: (task: RepresentTask) => Promise<RepresentedFace[]>
  readonly analyze: (task: ImageTask & { readonly attributes: readonly ModelFile[], readonly options: AnalyzeOptions }) => Promise<AnalyzedFace[]>
  readonly ages: (task: { readonly image: Uint8Array, readonly model: ModelFile, readonly faces: readonly FoundFace[] }) => Promise<Array<{ age: number }>>
  readonly extract: (task: ImageTask & { readonly options: ExtractOptions }) => Promise<ExtractedFace[]>
  readonly search: (request: SharedRankRequest) => Ranked[]
}

/** Settings that one worker has for itself. */
export interface WorkerOwn {
  /** Its part of the memory for pictures. */
  readonly pictures: Claim
  /** Its part of the memory for networks that run. */
  readonly runs: Claim
}

/** Settings that every worker starts with. */
export interface WorkerSetup {
  readonly maxImagePixels: number
  /** Intra-op threads of each session. */
  readonly threads: number
  /** Whether the native pipeline also searches the picture rotated by 90°, 180° and 270°. */
  readonly rotated: boolean
  /** −1 is the CPU. */
  readonly gpuDevice: number
  /** Whether networks keep the memory of a run for the next one. */
  readonly keepsMemory: boolean
  /** Limits of each worker's open models. */
  readonly limits: CacheLimits
  /** Models that stay open; opened before the worker takes jobs. */
  readonly preload: readonly ModelFile[]
}
