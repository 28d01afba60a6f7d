import type { Box } from '../math/box.ts'
import type { Landmarks } from '../math/point.ts'
import type { Image } from '../image/image.ts'
import type { Picture } from '../image/picture.ts'
import type { RecogniserCard } from './card.ts'
import type { Emotion, Gender, Race } from '../names.ts'

/** A face as a detector sees it, in pixels of the upright picture at full scale, with fractions; it may reach over the border. */
export interface Detection {
  readonly box: Box
  /** Undefined where the detector gives none. */
  readonly landmarks: Landmarks | undefined
  /** 0..1. */
  readonly score: number
}

/** How crops are framed. */
export interface Framing {
  /** Turn each face upright. */
  readonly align: boolean
  /** Percentage by which the crop shows more than those the network was trained with, 0..100. */
  readonly expandPercentage: number
}

/** Finds faces; best score first, overlapping ones suppressed. */
export interface Detector {
  detect: (picture: Picture) => Promise<Detection[]>
  close: () => Promise<void>
}

/** Turns faces into vectors. */
export interface Recogniser {
  readonly card: RecogniserCard
  /** One vector a face, in order, of `card.length` values as the network gives them; none for no faces. */
  embed: (picture: Picture, faces: readonly Detection[], framing: Framing) => Promise<Float32Array[]>
  close: () => Promise<void>
}

/** What can be said about a face; each attribute model says a part of it. Scores are percentages that sum to 100. */
export interface Attributes {
  /** Years. */
  readonly age?: number
  readonly gender?: Readonly<Record<Gender, number>>
  readonly emotion?: Readonly<Record<Emotion, number>>
  readonly race?: Readonly<Record<Race, number>>
}

/** Says something about faces. */
export interface AttributeModel {
  /** One answer a face, in order. */
  describe: (picture: Picture, faces: readonly Detection[], framing: Framing) => Promise<Attributes[]>
  close: () => Promise<void>
}

/** Whether a face is in front of the camera. */
export interface Liveness {
  readonly isReal: boolean
  /** How sure the networks are of that, real or not: 0.33..1. */
  readonly score: number
}

/** Tells faces from pictures of faces: prints and screens. */
export interface AntiSpoofing {
  /** One answer a box, in order. `image` is the upright picture at full scale, boxes are in its whole pixels. */
  judge: (image: Image, boxes: readonly Box[]) => Promise<Liveness[]>
  close: () => Promise<void>
}
