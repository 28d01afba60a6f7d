import { readShapePredictor } from '../../converter/importers/dlib/shape-predictor.ts'
import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Point } from '../../math/point.ts'
import type { Session } from '../../onnx/session.ts'
import type { CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import { type FoundFace, forBothPipelines } from '../both-pipelines.ts'
import type { BothPipelines } from '../family.ts'
import { swapRedBlue } from '../swap-red-blue.ts'
import { findFaces } from './find-faces.ts'
import { greyOf, predict, type Rectangle } from './shape-predictor.ts'

/** Longest side, in pixels, of a picture in the native pipeline: faces from 40 pixels on are found, and time grows with the area. */
const LONGEST = 1280

/** Side of the smallest face that it finds, in pixels: 16 of 16 portraits at 28 pixels, 6 at 24. */
const FACE = 34

interface DlibFace extends FoundFace {
  readonly box: Rectangle
  /** The two corners of the person's left eye, those of the right eye, and the nose. */
  readonly corners: readonly Point[]
}

/**
 * dlib's frontal face detector as DeepFace calls it (`Dlib.py`, 0.0.100): histograms of oriented gradients on a picture enlarged
 * twofold, and eyes from five landmarks. `predictor` is `shape_predictor_5_face_landmarks.dat`. DeepFace swaps red and blue, which
 * makes a difference only where two colours are equally strong.
 * @throws {Error} ConversionError when the predictor is damaged.
 */
export function dlib (session: Session, predictor: Uint8Array): BothPipelines {
  const shape = readShapePredictor(predictor)
  return forBothPipelines<DlibFace>({
    async find (canvas) {
      const found = await findFaces(session, { ...canvas, image: { ...canvas.image, data: swapRedBlue(canvas.image.data) } })
      const grey = greyOf(canvas.image)
      return found.map(({ score, ...box }) => {
        const { left, top, right, bottom } = box
        // All pixels outside the picture are black, on the canvas or beyond it, so the picture alone is enough.
        const [x, y] = [canvas.left, canvas.top]
        const corners = predict(shape, grey, { left: left - x, top: top - y, right: right - x, bottom: bottom - y })
        return {
          x1: left,
          y1: top,
          x2: right + 1,
          y2: bottom + 1,
          points: undefined,
          score: Math.min(score, 1),
          box,
          corners: corners.map(([px, py]): Point => [px + x, py + y])
        }
      })
    },
    toFace,
    sizes: { longest: LONGEST, face: FACE, pyramid: true }
  })
}

/** As DeepFace reports it: the box excludes its last pixels; eyes are the midpoints of their corners, rounded down. */
function toFace ({ box: { left, top, right, bottom }, corners, score }: DlibFace, { width, height }: Canvas): CanvasFace {
  const [x, y] = [Math.max(0, left), Math.max(0, top)]
  const middle = ([x1, y1]: Point, [x2, y2]: Point): Point => [Math.floor((x1 + x2) / 2), Math.floor((y1 + y2) / 2)]
  return {
    x,
    y,
    w: Math.min(right, width) - x,
    h: Math.min(bottom, height) - y,
    leftEye: middle(corners[0]!, corners[1]!),
    rightEye: middle(corners[2]!, corners[3]!),
    confidence: score
  }
}
