import type { Point } from '../math/point.ts'
import type { Canvas } from '../opencv/canvas.ts'
import type { FindEyes } from './eyes.ts'

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
  close: () => Promise<void>
  /** A confidence as a score, 0..1, larger for the better face; the confidence itself when undefined. */
  readonly scoreOf?: (confidence: number) => number
}
