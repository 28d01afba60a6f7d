import { readShapePredictor } from '../../converter/importers/dlib/shape-predictor.ts'
import { imageTooLarge } from '../../errors.ts'
import type { Canvas } from '../../image/opencv/canvas.ts'
import type { Point } from '../../math/point.ts'
import type { Session } from '../../onnx/session.ts'
import type { CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import { type FoundFace, forBothPipelines } from '../both-pipelines.ts'
import type { BothPipelines } from '../family.ts'
import { findFaces } from './find-faces.ts'
import { greyOf, predict, type Rectangle } from './shape-predictor.ts'

/** Pixels of the longer side that the native pipeline looks at: faces from 40 pixels on are found, and time grows with the area. */
const LONGEST = 1280

/** Pixels of the largest picture. In twice the size, with its cells, each takes some 50 bytes, by the lengths of the arrays: 1.2 GB. */
const MOST_PIXELS = 25_000_000

interface DlibFace extends FoundFace {
  readonly box: Rectangle
  /** The person's left eye's corners, the right eye's, and the nose. */
  readonly parts: readonly Point[]
}

/**
 * dlib's frontal face detector as DeepFace calls it (`Dlib.py`, 0.0.100): histograms of oriented gradients, on a picture of twice the
 * size, and eyes by five landmarks. `predictor` is `shape_predictor_5_face_landmarks.dat`. DeepFace passes red for blue, which
 * neither can tell but where two colours are equally strong.
 * @throws {Error} ConversionError when the predictor is damaged.
 */
export function dlib (session: Session, predictor: Uint8Array): BothPipelines {
  const shape = readShapePredictor(predictor)
  return forBothPipelines<DlibFace>({
    async find (canvas) {
      const { width, height } = canvas.image
      if (width * height > MOST_PIXELS) throw imageTooLarge(`dlib looks at ${width} × ${height} pixels in twice their size; its limit is ${MOST_PIXELS}. Send a smaller image, or another detector_backend.`)
      const found = await findFaces(session, reversed(canvas))
      const grey = greyOf(canvas.image)
      return found.map(({ score, ...box }) => {
        const { left, top, right, bottom } = box
        // Outside of the picture all is black, be it on the canvas or not.
        const [x, y] = [canvas.left, canvas.top]
        const parts = predict(shape, grey, { left: left - x, top: top - y, right: right - x, bottom: bottom - y })
        return {
          x1: left,
          y1: top,
          x2: right + 1,
          y2: bottom + 1,
          points: undefined,
          score: Math.min(score, 1),
          box,
          parts: parts.map(([px, py]): Point => [px + x, py + y])
        }
      })
    },
    toFace,
    longest: LONGEST
  })
}

/** A box that ends before its last pixels, as DeepFace has it; eyes are the middles of their corners, rounded down. */
function toFace ({ box: { left, top, right, bottom }, parts, score }: DlibFace, { width, height }: Canvas): CanvasFace {
  const [x, y] = [Math.max(0, left), Math.max(0, top)]
  const middle = ([x1, y1]: Point, [x2, y2]: Point): Point => [Math.floor((x1 + x2) / 2), Math.floor((y1 + y2) / 2)]
  return {
    x,
    y,
    w: Math.min(right, width) - x,
    h: Math.min(bottom, height) - y,
    leftEye: middle(parts[0]!, parts[1]!),
    rightEye: middle(parts[2]!, parts[3]!),
    confidence: score
  }
}

/** Blue first. */
function reversed (canvas: Canvas): Canvas {
  const { width, height, data } = canvas.image
  const turned = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i += 3) {
    turned[i] = data[i + 2]!
    turned[i + 1] = data[i + 1]!
    turned[i + 2] = data[i]!
  }
  return { ...canvas, image: { width, height, data: turned } }
}
