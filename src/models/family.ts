import type { Session } from '../onnx/session.ts'
import type { AntiSpoofing, AttributeModel, Detector, Recogniser, FindLandmarks } from '../pipelines/contract.ts'
import type { CanvasDetector, TensorAttributes, TensorRecogniser } from '../pipelines/deepface/deepface-models.ts'
import type { Card, RecogniserCard } from './card.ts'

/**
 * What a card's model consists of, on disk: by the name of the part, or without one what the card itself names. Sessions that are
 * opened here are closed with the model, by whoever opened it. Each throws what opening or reading throws.
 */
export interface ModelFiles {
  /** Opens a graph. */
  readonly session: (part?: string) => Promise<Session>
  /** The bytes of a file that is used as it is (`conversion: { format: 'raw' }`). */
  readonly bytes: (part?: string) => Promise<Uint8Array>
  readonly text: (part?: string) => Promise<string>
}

/**
 * A detector in each pipeline that it works in: in one at least. A family without a `native` form of its own gets one from its
 * `deepface` form (`detectors.ts`).
 */
export type DetectorByPipeline = DetectorAbilities & ({ readonly native: Detector, readonly deepface?: CanvasDetector } | { readonly native?: undefined, readonly deepface: CanvasDetector })

interface DetectorAbilities {
  /** The native one when it looks from all sides, where it knows how to do so better than by one look at each view. */
  readonly rotated?: Detector
  /** Landmarks of a face that another detector has found; undefined where it sees none. */
  readonly findLandmarks?: FindLandmarks
}

/** Of a family that has its own for each pipeline. */
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

/** `AntiSpoofing` is one for both pipelines. */
export type OpenedModel = DetectorByPipeline | RecogniserByPipeline | AttributesByPipeline | AntiSpoofing

/** The adapter of a family: a card and its parts in, its model in the forms it has out. */
export type Family<Opened extends OpenedModel, Known extends Card = Card> = (files: ModelFiles, card: Known) => Promise<Opened>
export type RecogniserFamily = Family<RecogniserByPipeline, RecogniserCard>
