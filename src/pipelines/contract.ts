import type { Image } from '../image/image.ts'
import type { Picture } from '../image/picture.ts'
import type { Box } from '../math/box.ts'
import type { Landmarks, Point } from '../math/point.ts'
import type { Action, DetectorName, Emotion, Gender, Normalization, Pipeline, Race, RecogniserName } from '../names.ts'

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
}

/** Landmarks of a face that another detector found; undefined where none are seen. */
export type FindLandmarks = (picture: Picture, face: Detection) => Promise<Landmarks | undefined>

/** How the native pipeline looks for faces, whatever finds them. */
export interface DetectorOptions {
  /** Looks at the picture turned by 90°, 180° and 270° too. */
  readonly rotated: boolean
  /** For faces of detectors that give none. */
  readonly findLandmarks?: FindLandmarks | undefined
}

/** Turns faces into vectors. */
export interface Recogniser {
  /** One vector a face, in order, of `card.length` values as the network gives them; none for no faces. */
  embed: (picture: Picture, faces: readonly Detection[], framing: Framing) => Promise<Float32Array[]>
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
  checkLiveness: (image: Image, boxes: readonly Box[]) => Promise<Liveness[]>
}

/** The models that see a picture first. */
export interface DetectionModels<AnyDetector> {
  /** Undefined for the detector `skip`. */
  readonly detector: AnyDetector | undefined
  /** Undefined when liveness was not asked for. */
  readonly antiSpoofing: AntiSpoofing | undefined
}

/** Throws when the request is no longer wanted; called between stages. */
export type Check = () => void

/** How faces are found and cut out; every field has been given its default by the route. */
export interface DetectOptions {
  readonly pipeline: Pipeline
  readonly detector: DetectorName
  /** No face is an error (`no_face_detected`) when true; when false the whole picture stands for the face, with score 0. */
  readonly enforceDetection: boolean
  /** Rotate each face upright before it is cut out. */
  readonly align: boolean
  /** Grow each box by this percentage of its size, 0..100. */
  readonly expandPercentage: number
  /** Keep only this many faces, the largest; all when undefined. */
  readonly maxFaces: number | undefined
  /** Refuse pictures of pictures (`spoof_detected`); `extract` tells them apart instead. */
  readonly antiSpoofing: boolean
}

export interface RepresentOptions extends DetectOptions {
  readonly model: RecogniserName
  readonly normalization: Normalization
  /** Whether to measure how sharp each face is. */
  readonly sharpness?: boolean
  /**
   * Which of DeepFace's functions the deepface pipeline follows, as they differ: `represent`; `compare` for `verify` and the photos of
   * `find`; `query` for who is looked for by `find`, whose red and blue DeepFace exchanges. The native pipeline has one way.
   */
  readonly purpose: 'represent' | 'compare' | 'query'
}

export interface AnalyzeOptions extends DetectOptions {
  readonly actions: readonly Action[]
}

export interface ExtractOptions extends DetectOptions {
  readonly grayscale: boolean
}

type Maybe = Point | undefined
export type SomeLandmarks = readonly [Maybe, Maybe, Maybe, Maybe, Maybe]

/** One face of one picture. */
export interface Face {
  /** Whole pixels, expanded when that was asked. Inside the picture; in the deepface pipeline as DeepFace has it (see `deepface/extract.ts`). */
  readonly box: Box
  /** In the order of `Landmarks`. Undefined, or with undefined ones, where the detector gives none. */
  readonly landmarks: SomeLandmarks | undefined
  /** Detector confidence, 0..1; in the deepface pipeline as DeepFace has it. */
  readonly score: number
}

/** A face with its vector. Its length is the model's; it is not scaled to length 1. */
export interface RepresentedFace extends Face {
  readonly embedding: Float32Array
  /** As src/image/sharpness.ts measures it, where that was asked. */
  readonly sharpness?: number
}

/** Percentages that sum to 100, by key. */
export type Scores<Key extends string> = Readonly<Record<Key, number>>

/** A face with what was asked about it; what was not asked is absent. */
export interface AnalyzedFace extends Face {
  readonly age?: number
  readonly gender?: Scores<Gender>
  readonly emotion?: Scores<Emotion>
  readonly race?: Scores<Race>
}

/** A face cut out of its picture. */
export interface ExtractedFace extends Face {
  /** An encoded PNG: RGB, or one channel when grayscale was asked. */
  readonly png: Uint8Array
  /** With `antiSpoofing`. */
  readonly liveness?: Liveness
}
