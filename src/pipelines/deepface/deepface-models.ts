import type { Image } from '../../image/image.ts'
import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Point } from '../../math/point.ts'
import type { Attributes } from '../contract.ts'
import type { TensorOptions } from './preprocessing.ts'

/** Centres of the eyes in pixels of the face's crop; left and right are the person's. */
export interface Eyes {
  readonly left: Point | undefined
  readonly right: Point | undefined
}

/** Finds both eyes in the crop of a face. */
export type FindEyes = (face: Image) => Eyes

/**
 * A face as one of DeepFace's detectors reports it: whole pixels of the canvas, cut off towards zero. It may reach over the
 * canvas, and may be empty. Left and right are the person's.
 */
export interface CanvasFace {
  readonly x: number
  readonly y: number
  readonly w: number
  readonly h: number
  readonly leftEye: Point | undefined
  readonly rightEye: Point | undefined
  readonly nose?: Point
  readonly mouthLeft?: Point
  readonly mouthRight?: Point
  /** As the detector reports it; not always 0..1, and not always larger for the better face. */
  readonly confidence: number
}

/** A detector for this pipeline; the counterpart of `Detector`. */
export interface CanvasDetector {
  /** Finds the faces of a canvas, in the order of DeepFace's own detector of that name. */
  find: (canvas: Canvas) => Promise<CanvasFace[]>
  /**
   * Finds the eyes of faces that `find` returns without both: DeepFace's eye cascade (`models/opencv`, `eyeFinder`). Undefined for
   * `opencv`, which has searched for them already, and for detectors that always return eyes.
   */
  readonly findEyes?: FindEyes
  /** Converts a confidence to a score, 0..1, larger for the better face; when undefined, the confidence is the score. */
  readonly scoreOf?: (confidence: number) => number
}

/** A recogniser for this pipeline; the counterpart of `Recogniser`. */
export interface TensorRecogniser {
  /** Size of the network's input in pixels. */
  readonly size: TensorOptions['size']
  /** One embedding a tensor (see `toTensor`), in order, as DeepFace's class of that model returns it. */
  readonly embed: (tensors: readonly Float32Array[]) => Promise<Float32Array[]>
}

/** An attribute model for this pipeline; the counterpart of `AttributeModel`. */
export interface TensorAttributes {
  /** The attributes of each tensor, in order: float32 [224, 224, 3], blue first, 0..1 (see `toTensor`). */
  readonly describe: (tensors: readonly Float32Array[]) => Promise<Attributes[]>
}
