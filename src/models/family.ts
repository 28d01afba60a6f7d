import type { TensorAttributes } from '../deepface/analyze.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import type { TensorRecogniser } from '../deepface/represent.ts'
import type { Session } from '../onnx/session.ts'
import type { Card, RecogniserCard } from './card.ts'
import type { AntiSpoofing, AttributeModel, Detector, Recogniser } from './model.ts'

/**
 * What a card's model consists of, on disk: by the name of the part, or without one what the card itself names. Sessions that are
 * opened here are closed with the model, by whoever opened it. Each throws what opening or reading throws.
 */
export interface Parts {
  /** Opens a graph. */
  readonly session: (part?: string) => Promise<Session>
  /** The bytes of a file that is used as it is (`conversion: { format: 'raw' }`). */
  readonly bytes: (part?: string) => Promise<Uint8Array>
  readonly text: (part?: string) => Promise<string>
}

/**
 * A detector in each pipeline that it works in. A family without a `native` form of its own gets one from its `deepface` form
 * (`detectors.ts`).
 */
export interface DetectorForms {
  readonly native?: Detector
  readonly deepface?: CanvasDetector
}

export interface RecogniserForms {
  readonly native: Recogniser
  readonly deepface: TensorRecogniser
}

export interface AttributeForms {
  readonly native: AttributeModel
  readonly deepface?: TensorAttributes
}

/** `AntiSpoofing` is one for both pipelines. */
export type Forms = DetectorForms | RecogniserForms | AttributeForms | AntiSpoofing

/** The adapter of a family: a card and its parts in, its model in the forms it has out. */
export type Family<Opened extends Forms, Known extends Card = Card> = (parts: Parts, card: Known) => Promise<Opened>
export type RecogniserFamily = Family<RecogniserForms, RecogniserCard>
