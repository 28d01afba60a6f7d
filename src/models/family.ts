import type { TensorAttributes } from '../deepface/analyze.ts'
import type { CanvasDetector } from '../deepface/detector.ts'
import type { TensorRecogniser } from '../deepface/represent.ts'
import type { Landmarks } from '../math/point.ts'
import type { Picture } from '../image/picture.ts'
import type { Session } from '../onnx/session.ts'
import type { Card, RecogniserCard } from './card.ts'
import type { AntiSpoofing, AttributeModel, Detection, Detector, Recogniser } from './model.ts'

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

export type FindLandmarks = (picture: Picture, face: Detection) => Promise<Landmarks | undefined>

/** How the native pipeline looks for faces, whatever finds them. */
export interface DetectorOptions {
  /** Looks at the picture turned by 90°, 180° and 270° too. */
  readonly rotated: boolean
  /** For faces of detectors that give none. */
  readonly findLandmarks?: FindLandmarks | undefined
}

/**
 * A detector in each pipeline that it works in: in one at least. A family without a `native` form of its own gets one from its
 * `deepface` form (`detectors.ts`).
 */
export type DetectorForms = Looks & ({ readonly native: Detector, readonly deepface?: CanvasDetector } | { readonly native?: undefined, readonly deepface: CanvasDetector })

interface Looks {
  /** The native one when it looks from all sides, where it knows how to do so better than by one look at each view. */
  readonly rotated?: Detector
  /** Landmarks of a face that another detector has found; undefined where it sees none. */
  readonly findLandmarks?: FindLandmarks
}

/** Of a family that has its own for each pipeline. */
export type BothForms = Required<Pick<DetectorForms, 'native' | 'deepface'>>

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
