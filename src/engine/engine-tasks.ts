import type { AnalyzeOptions, RepresentOptions, ExtractOptions } from '../pipelines/contract.ts'
import type { SharedRankRequest } from './face-engine.ts'
import type { CacheLimits } from './model-cache.ts'

/** A model on disk, by the name of its card: its graph, or its file where that is used as it is. */
export interface ModelFile {
  readonly name: string
  readonly path: string
  /** Of the further parts that the card names. */
  readonly parts?: Readonly<Record<string, string>>
}

export interface ImageTask {
  readonly image: Uint8Array
  /** Undefined for the detector `skip`. */
  readonly detector: ModelFile | undefined
  /** Finds the landmarks of the detector's faces; undefined where it gives them itself. */
  readonly landmarks: ModelFile | undefined
  /** Undefined when it was not asked for. */
  readonly antiSpoofing: ModelFile | undefined
}

/** What a worker can be asked to do. */
export type Task =
  | ImageTask & { readonly kind: 'represent', readonly recogniser: ModelFile, readonly options: RepresentOptions }
  | ImageTask & { readonly kind: 'analyze', readonly attributes: readonly ModelFile[], readonly options: AnalyzeOptions }
  | ImageTask & { readonly kind: 'extract', readonly options: ExtractOptions }
  | { readonly kind: 'search', readonly request: SharedRankRequest }
  /** Opens a model and runs it once, so that the first request finds it warm. */
  | { readonly kind: 'open', readonly model: ModelFile }

/** Settings that every worker starts with. */
export interface WorkerSetup {
  readonly maxImagePixels: number
  readonly threads: number
  readonly rotated: boolean
  /** −1 is the CPU. */
  readonly gpuDevice: number
  /** Of each worker. */
  readonly limits: CacheLimits
  /** Stay open; opened before the worker says that it is ready. */
  readonly preload: readonly ModelFile[]
}
