import type { Session } from '../onnx/session.ts'
import type { AntiSpoofing, AttributeModel, Detector, FindLandmarks, MeshModel, Recogniser } from '../pipelines/contract.ts'
import type { CanvasDetector, TensorAttributes, TensorRecogniser } from '../pipelines/deepface/deepface-models.ts'
import type { DetectOnce } from '../pipelines/native/refine.ts'
import type { Card, RecogniserCard } from './card.ts'

/**
 * Access to the files of a model on disk: each method takes the name of a part, or none for the file of the card itself. Sessions that
 * are opened here are closed with the model, by its opener. Each method throws whatever opening or reading throws.
 */
export interface ModelFiles {
  /** Opens a graph. */
  readonly session: (part?: string) => Promise<Session>
  /** Reads a file that is used as it is (`conversion: { format: 'raw' }`). */
  readonly bytes: (part?: string) => Promise<Uint8Array>
  /** The same as UTF-8 text. */
  readonly text: (part?: string) => Promise<string>
}

/**
 * A detector in each pipeline that it works in, at least in one. For a family without `native` the native pipeline adapts `deepface`
 * (`native-detector.ts`).
 */
export type DetectorByPipeline = DetectorAbilities & (
  | { readonly native: Detector, readonly deepface?: CanvasDetector }
  | { readonly native?: undefined, readonly deepface: CanvasDetector }
)

interface DetectorAbilities {
  /** Rotation-aware variant of `native`, for families that beat one pass per quarter turn. */
  readonly rotated?: Detector
  /** Finds the landmarks of a face that another detector found; undefined when it sees none. */
  readonly findLandmarks?: FindLandmarks
  /** Runs the network once, with a low least score. A detector has it whose card names a mesh. */
  readonly detectOnce?: DetectOnce
}

/** A detector that has an implementation of its own for each pipeline. */
export type BothPipelines = Required<Pick<DetectorByPipeline, 'native' | 'deepface'>>

export interface RecogniserByPipeline {
  readonly native: Recogniser
  /** Undefined when DeepFace does not have the model. */
  readonly deepface?: TensorRecogniser
}

export interface AttributesByPipeline {
  readonly native: AttributeModel
  readonly deepface?: TensorAttributes
}

/** An open model, as its adapter returns it. `AntiSpoofing` serves both pipelines, `MeshModel` the native one. */
export type OpenedModel = DetectorByPipeline | RecogniserByPipeline | AttributesByPipeline | MeshModel | AntiSpoofing

/** The adapter of a family: opens the files of a card and returns its model for each pipeline. */
export type Family<Opened extends OpenedModel, Known extends Card = Card> = (files: ModelFiles, card: Known) => Promise<Opened>
export type RecogniserFamily = Family<RecogniserByPipeline, RecogniserCard>
