import type { Image } from '../../image/image.ts'
import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Point } from '../../math/point.ts'
import type { Attributes } from '../contract.ts'
import type { TensorOptions } from './preprocessing.ts'

/** In pixels of the face, left and right being the person's. */
export interface Eyes {
  readonly left: Point | undefined
  readonly right: Point | undefined
}

/** Looks for both eyes of a face that has been cut out of its picture. */
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
  /** As the detector has it; not always 0..1, and not always larger for the better face. */
  readonly confidence: number
}

/** Finds the faces of a canvas, in the order of DeepFace's own detector of that name. */
export interface CanvasDetector {
  find: (canvas: Canvas) => Promise<CanvasFace[]>
  /**
   * Looks for the eyes of faces that `find` gives without both. Every detector but `opencv`, which has looked already, and those that
   * always give eyes has DeepFace's eye cascade for it (`models/opencv`, `eyeFinder`).
   */
  readonly findEyes?: FindEyes
  /** A confidence as a score, 0..1, larger for the better face; the confidence itself when undefined. */
  readonly scoreOf?: (confidence: number) => number
}

/** A recogniser as this pipeline asks for it. */
export interface TensorRecogniser {
  /** Of the network's input. */
  readonly size: TensorOptions['size']
  /** One vector a tensor (see `toTensor`), in order, as DeepFace's class of that model gives it. */
  readonly embed: (tensors: readonly Float32Array[]) => Promise<Float32Array[]>
}

/** An attribute model as this pipeline asks it. */
export interface TensorAttributes {
  /** One answer a tensor, in order: float32 [224, 224, 3], blue first, 0..1 (see `toTensor`). */
  readonly describe: (tensors: readonly Float32Array[]) => Promise<Attributes[]>
}
