import { toCanvas, type Canvas } from '../image/opencv/canvas.ts'
import type { CornerBox } from '../math/corner-boxes.ts'
import type { Landmarks } from '../math/point.ts'
import type { Detection } from '../pipelines/contract.ts'
import type { CanvasFace, FindEyes } from '../pipelines/deepface/deepface-models.ts'
import { singlePass } from '../pipelines/native/single-pass.ts'
import type { BothPipelines } from './family.ts'

/** A face in pixels of a canvas, not rounded. */
export interface FoundFace extends CornerBox {
  /** Undefined when the detector does not return any. */
  readonly points: Landmarks | undefined
}

/** A detector that finds the same faces for both pipelines, which report them differently. */
export interface Finder<Found extends FoundFace> {
  readonly find: (canvas: Canvas) => Promise<Found[]>
  /** The face as DeepFace reports it: rounded, often without some of its points. */
  readonly toFace: (found: Found, canvas: Canvas) => CanvasFace
  /** Longest side, in pixels, of a picture in the native pipeline; larger ones are shrunk to it. */
  readonly longest: number
  readonly findEyes?: FindEyes
}

/**
 * Makes the detectors of both pipelines from one. DeepFace's reports faces in the order of `find`; the native one best first, with all
 * points, and on a picture that was shrunk to `longest`.
 */
export function forBothPipelines<Found extends FoundFace> ({ find, toFace, longest, findEyes }: Finder<Found>): BothPipelines {
  return {
    deepface: {
      find: async (canvas) => (await find(canvas)).map((found) => toFace(found, canvas)),
      ...(findEyes && { findEyes })
    },
    native: singlePass(longest, async (image) => (await find(toCanvas(image))).map(toDetection))
  }
}

const toDetection = ({ x1, y1, x2, y2, points, score }: FoundFace): Detection =>
  ({ box: { x: x1, y: y1, w: x2 - x1, h: y2 - y1 }, landmarks: points, score })
