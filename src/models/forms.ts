import type { CanvasFace } from '../deepface/detector.ts'
import type { FindEyes } from '../deepface/eyes.ts'
import type { Corners } from '../math/corner-boxes.ts'
import type { Landmarks } from '../math/point.ts'
import { bare, type Canvas } from '../opencv/canvas.ts'
import type { BothForms } from './family.ts'
import { oneLook } from './look.ts'
import type { Detection } from './model.ts'

/** A face in pixels of a canvas, with fractions. */
export interface FoundFace extends Corners {
  /** Undefined where the detector gives none. */
  readonly points: Landmarks | undefined
}

/** A detector that finds the same faces for both pipelines, each of which has them in its own way. */
export interface Finder<Found extends FoundFace> {
  readonly find: (canvas: Canvas) => Promise<Found[]>
  /** What DeepFace makes of a face: rounded, often without some of its points. */
  readonly toFace: (found: Found, canvas: Canvas) => CanvasFace
  /** The longer side, in pixels, of a picture that the native pipeline lets it see. */
  readonly longest: number
  readonly findEyes?: FindEyes
  readonly close: () => Promise<void>
}

/** DeepFace's form of a detector, in its order; and the native one, best first, with all points and on a picture that is not too large. */
export function formsOf<Found extends FoundFace> ({ find, toFace, longest, findEyes, close }: Finder<Found>): BothForms {
  return {
    deepface: {
      find: async (canvas) => (await find(canvas)).map((found) => toFace(found, canvas)),
      ...(findEyes && { findEyes }),
      close
    },
    native: oneLook(longest, async (image) => (await find(bare(image))).map(toDetection), close)
  }
}

const toDetection = ({ x1, y1, x2, y2, points, score }: FoundFace): Detection =>
  ({ box: { x: x1, y: y1, w: x2 - x1, h: y2 - y1 }, landmarks: points, score })
