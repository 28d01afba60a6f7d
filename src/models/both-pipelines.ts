import { toCanvas, type Canvas } from '../image/opencv/canvas.ts'
import type { CornerBox } from '../math/corner-boxes.ts'
import type { Landmarks } from '../math/point.ts'
import type { Detection } from '../pipelines/contract.ts'
import type { CanvasFace, FindEyes } from '../pipelines/deepface/deepface-models.ts'
import { inPasses, type Reach } from '../pipelines/native/passes.ts'
import { type TileSize, withTiles } from '../pipelines/native/tiles.ts'
import type { BothPipelines } from './family.ts'
import { onShrunkCanvas, PICTURE_LIMIT } from './shrunk-canvas.ts'

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
  /** Sizes in which it processes pictures in the native pipeline: any, or tiles of one. */
  readonly sizes: Reach | TileSize
  readonly findEyes?: FindEyes
}

/**
 * Makes the detectors of both pipelines from one. DeepFace's reports faces in the order of `find`; the native one best first, with all
 * points, and on pictures that are shrunk as `sizes` says.
 */
export function forBothPipelines<Found extends FoundFace> ({ find, toFace, sizes, findEyes }: Finder<Found>): BothPipelines {
  const detect = async (canvas: Canvas): Promise<Detection[]> => (await find(canvas)).map(toDetection)
  const findFaces = async (canvas: Canvas): Promise<CanvasFace[]> => (await find(canvas)).map((found) => toFace(found, canvas))
  return {
    deepface: {
      find: 'side' in sizes ? findFaces : onShrunkCanvas(findFaces, PICTURE_LIMIT),
      ...(findEyes && { findEyes })
    },
    native: 'side' in sizes
      ? withTiles(inPasses({ longest: sizes.side, face: 0 }, (image) => detect(toCanvas(image))).detect, sizes, detect)
      : inPasses(sizes, (image) => detect(toCanvas(image)))
  }
}

const toDetection = ({ x1, y1, x2, y2, points, score }: FoundFace): Detection =>
  ({ box: { x: x1, y: y1, w: x2 - x1, h: y2 - y1 }, landmarks: points, score })
