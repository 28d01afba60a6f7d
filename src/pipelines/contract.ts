import type { Image } from '../image/image.ts'
import type { Picture } from '../image/picture.ts'
import type { Box } from '../math/box.ts'
import type { Landmarks, Point } from '../math/point.ts'
import type { Action, DetectorName, Emotion, Gender, Normalization, Pipeline, Race, RecogniserName, Trait } from '../names.ts'

/** A face as a detector sees it, in pixels of the upright picture at full scale, with fractions; it may reach over the border. */
export interface Detection {
  readonly box: Box
  /** Undefined when the detector finds none. */
  readonly landmarks: Landmarks | undefined
  /**
   * `mesh` when the landmarks are those of a mesh: the middle of an eye's outline lies elsewhere than the point that a detector reports, so
   * that crops need another template. Undefined for those of a detector.
   */
  readonly landmarksOf?: 'mesh'
  /** The mesh of the face, where one was run for its landmarks. */
  readonly mesh?: Mesh
  /** True where the landmarks are doubtful, as those of turned heads are: the face is then embedded together with its mirror image. */
  readonly mirrored?: boolean
  /** 0..1. */
  readonly score: number
}

/** Framing of the crops that a network runs on. */
export interface Framing {
  /** Rotate each face upright. */
  readonly align: boolean
  /** Percentage by which a crop shows more than those the network was trained with, 0..100. */
  readonly expandPercentage: number
}

/** Finds faces in a picture. */
export interface Detector {
  /** Faces, best score first, overlapping ones suppressed. */
  detect: (picture: Picture) => Promise<Detection[]>
  /**
   * Returns the faces, in order, with the landmarks that crops need, where those of `detect` are too coarse. It takes a while for each face,
   * so it runs only on faces that are used, and only when their landmarks are.
   */
  refineLandmarks?: (picture: Picture, faces: readonly Detection[]) => Promise<Detection[]>
}

/** Finds the landmarks of a face that another detector found; undefined when it sees none. */
export type FindLandmarks = (picture: Picture, face: Detection) => Promise<Landmarks | undefined>

/** Options of every detector of the native pipeline. */
export interface DetectorOptions {
  /** Whether to search the picture rotated by 90°, 180° and 270° too. */
  readonly rotated: boolean
  /** Finds the landmarks of faces that the detector finds without. */
  readonly findLandmarks?: FindLandmarks | undefined
  /** Finds the landmarks of faces that are used, for a detector whose card names a mesh. */
  readonly mesh?: MeshModel | undefined
  /** Finds the landmarks of those faces that are turned too far for the mesh. */
  readonly findTurned?: FindLandmarks | undefined
}

/** Turns faces into embeddings. */
export interface Recogniser {
  /** One embedding a face, in order, of `card.length` values as the network returns them; none for no faces. */
  embed: (picture: Picture, faces: readonly Detection[], framing: Framing) => Promise<Float32Array[]>
  /** Limits of the length of an embedding, where it tells how well a person can be known by it. */
  readonly length?: Limits
}

/** Attributes of a face; each attribute model returns some of them. Scores are percentages that sum to 100. */
export interface Attributes {
  /** Years. */
  readonly age?: number
  readonly gender?: Readonly<Record<Gender, number>>
  readonly emotion?: Readonly<Record<Emotion, number>>
  readonly race?: Readonly<Record<Race, number>>
}

/** Estimates attributes of faces. */
export interface AttributeModel {
  /** The attributes of each face, in order. */
  describe: (picture: Picture, faces: readonly Detection[], framing: Framing) => Promise<Attributes[]>
}

/** Points on the surface of a face. */
export interface Mesh {
  /**
   * x, y and z of each point, one after the other, by MediaPipe's numbers; in pixels of the upright picture at full scale. z grows away from
   * the camera.
   */
  readonly points: Float32Array
  /** 0..1: how frontal, whole and sharp the face is. It does not tell faces from other things. */
  readonly presence: number
}

/** The part of a picture in which a mesh is searched. */
export interface Square {
  readonly centre: Point
  /** In pixels of the picture, like `centre`. */
  readonly side: number
  /** Radians by which the face is tilted, positive clockwise. */
  readonly angle: number
}

/** Finds points on the surface of faces. */
export interface MeshModel {
  /** The mesh of the face in each square, in order. `firstSquare` gives the square of a detected face. */
  find: (picture: Picture, squares: readonly Square[]) => Promise<Mesh[]>
  /** MediaPipe's 52 coefficients of expression of each mesh, 0..1, in order; undefined for a model without a network for them. */
  express?: (meshes: readonly Mesh[]) => Promise<Float32Array[]>
}

/** Where a head faces, in degrees. */
export interface Pose {
  /** Positive when the face is turned to the viewer's right. It saturates at profiles, which come out at 50 to 68. */
  readonly yaw: number
  /** Positive when it looks down. */
  readonly pitch: number
  /** Positive when it is tilted anticlockwise, as the viewer sees it. */
  readonly roll: number
}

/** Whether eyes are open, and so on, as far as mesh and coefficients agree. */
export interface Expression {
  readonly eyes: 'open' | 'closed' | 'unknown'
  readonly mouthOpen: boolean
  readonly smile: boolean
  /** The direction in which the eyes look, relative to the head, as the viewer sees it. */
  readonly gaze: 'left' | 'ahead' | 'right'
}

/** Components of the quality of a face by ISO/IEC 29794-5, each 0..100, higher is better; see `src/pipelines/native/quality/components.ts`. */
export interface QualityComponents {
  readonly sharpness: number
  readonly underExposurePrevention: number
  readonly overExposurePrevention: number
  readonly dynamicRange: number
  readonly interEyeDistance: number
  readonly headPoseYaw: number
  readonly headPosePitch: number
  readonly headPoseRoll: number
  readonly expressionNeutrality: number
  readonly eyesOpen: number
  readonly mouthClosed: number
  readonly leftwardCropOfTheFaceImage: number
  readonly rightwardCropOfTheFaceImage: number
  readonly marginAboveOfTheFaceImage: number
  readonly marginBelowOfTheFaceImage: number
  readonly singleFacePresent: number
}

/** Facts that decide how well a person can be known by a face: each is below 0 where that is unlikely, and at least 1 where nothing speaks against it. */
export interface Recognisability {
  readonly yaw: number
  readonly presence: number
  readonly sharpness: number
  readonly interEyeDistance: number
  /** That of the embedding as the network returns it; undefined without one, or where the recogniser's tells nothing. */
  readonly length?: number
}

/** How good the picture of a face is. */
export interface Quality {
  readonly components: QualityComponents
  readonly recognisability: Recognisability
}

/** A value at which a fact speaks against a face, and the one from which on it does not. */
export interface Limits {
  readonly bad: number
  readonly good: number
}

/** Whether a face was in front of the camera, rather than a print or a screen. */
export interface Liveness {
  readonly isReal: boolean
  /** Confidence in that verdict, real or not: 0.33..1. */
  readonly score: number
}

/** Distinguishes faces from pictures of faces: prints and screens. */
export interface AntiSpoofing {
  /** One verdict a box, in order. `image` is the upright picture at full scale, boxes are in its whole pixels. */
  checkLiveness: (image: Image, boxes: readonly Box[]) => Promise<Liveness[]>
}

/** The models that find faces and check their liveness, before others process them. */
export interface DetectionModels<AnyDetector> {
  /** Undefined for the detector `skip`. */
  readonly detector: AnyDetector | undefined
  /** Undefined when the request asks for no check of liveness. */
  readonly antiSpoofing: AntiSpoofing | undefined
}

/** Throws when the request is no longer wanted; called between stages. */
export type Check = () => void

/** Options of detection and of the crops; the route has set every default. */
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
  /**
   * `report`: report the liveness of each face. True: refuse prints and screens (`spoof_detected`), except in `extract`, which reports, as
   * DeepFace's does.
   */
  readonly antiSpoofing: boolean | 'report'
  /** Further facts to tell about each face, in the native pipeline only; none when undefined. */
  readonly include?: readonly Trait[]
}

/** Options of `detect`, where no face is no face: a picture never stands for one, except with the detector `skip`. */
export interface FindOptions extends DetectOptions {
  /** Leave out faces with a lower score, 0..1. */
  readonly minConfidence: number
}

export interface RepresentOptions extends DetectOptions {
  readonly model: RecogniserName
  readonly normalization: Normalization
  /** Whether to measure how sharp each face is. */
  readonly sharpness?: boolean
  /** Whether to estimate the age of each face, where the model for that can be had; in the native pipeline only. */
  readonly ages?: boolean
  /**
   * The function of DeepFace that the deepface pipeline follows, because they differ: `represent`; `compare` for `verify` and for the
   * photos of `find`; `query` for the query of `find`, whose red and blue DeepFace exchanges. The native pipeline ignores it.
   */
  readonly purpose: 'represent' | 'compare' | 'query'
}

export interface AnalyzeOptions extends DetectOptions {
  readonly actions: readonly Action[]
}

export interface ExtractOptions extends DetectOptions {
  readonly grayscale: boolean
  /** Most bytes of all crops together, as base64. Default: any number. */
  readonly mostBytes?: number
}

type Maybe = Point | undefined
export type SomeLandmarks = readonly [Maybe, Maybe, Maybe, Maybe, Maybe]

/** Further facts about a face: those that were asked for, where it was found. A picture that stands for a face has none. */
export interface Traits {
  readonly mesh?: Mesh
  readonly pose?: Pose
  readonly expression?: Expression
  readonly quality?: Quality
  readonly liveness?: Liveness
}

/** One face of one picture. */
export interface Face extends Traits {
  /** Whole pixels, expanded when asked. Inside the picture; in the deepface pipeline as DeepFace reports it (see `deepface/detection.ts`). */
  readonly box: Box
  /** In the order of `Landmarks`. Undefined, or with undefined points, when the detector finds none. */
  readonly landmarks: SomeLandmarks | undefined
  /** Detector confidence, 0..1; in the deepface pipeline as DeepFace reports it. */
  readonly score: number
  /** Where `antiSpoofing` reports it. */
  readonly liveness?: Liveness
}

/** A face with its embedding. */
export interface RepresentedFace extends Face {
  /** As many values as the model has; not scaled to length 1. */
  readonly embedding: Float32Array
  /** Yaw of the head in degrees (see `Pose`), where a mesh was run for the landmarks. */
  readonly yaw?: number
  /** Years, estimated, when asked for. */
  readonly age?: number
  /** Variance of the Laplacian (`src/image/laplacian-variance.ts`), when asked for. */
  readonly sharpness?: number
}

/** A face that was found before, for models that look at it again. */
export type FoundFace = Pick<Detection, 'box' | 'landmarks' | 'score'>

/** Percentages that sum to 100, by key. */
export type Scores<Key extends string> = Readonly<Record<Key, number>>

/** A face with the attributes that were asked for; the others are absent. */
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
}
