import { toCanvas, type Canvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Point } from '../../math/point.ts'
import { roundUp } from '../../math/round-up.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { Detector } from '../../pipelines/contract.ts'
import type { CanvasDetector, CanvasFace } from '../../pipelines/deepface/deepface-models.ts'
import { inPasses, pointsOf } from '../../pipelines/native/passes.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { INPUT_MULTIPLE } from '../input-multiple.ts'
import { type CanvasLimit, onShrunkCanvas } from '../shrunk-canvas.ts'
import { type Centre, decode } from './decode-centerface.ts'

/** Longest side, in pixels, of a picture in the native pipeline; larger ones are shrunk to it. */
const LONGEST = 1024

/** Side of the smallest face that it finds, in pixels of its input: 16 of 16 portraits at 12 pixels, at 20 with exact landmarks too. */
const FACE = 24

/**
 * Limit of canvases in the deepface pipeline. DeepFace shrinks none, its border doubles their sides, and the network takes 2.2 GB at the
 * limit (see its card). In more than a million pixels it takes parts of a face that fills the picture for faces.
 */
const LIMIT: CanvasLimit = { whole: 18_000_000, shrunk: 1_000_000, withBorder: true }

const { trunc } = Math

/**
 * CenterFace as DeepFace calls it (`CenterFace.py`, 0.0.100): the whole canvas stretched to multiples of 32. Where DeepFace fails
 * because nothing scores above the threshold, this returns no face.
 * Xu et al., "CenterFace: Joint Face Detection and Alignment Using Face as Point", 2020, arXiv:1911.03599; the authors' graph.
 *
 * Input uint8[1, height, width, 3] RGB. Outputs 537 to 540: see `decode-centerface.ts`.
 */
export function centerface (session: Session): CanvasDetector {
  return {
    find: onShrunkCanvas(async (canvas) => (await detectCentres(session, canvas)).map(toFace), LIMIT)
  }
}

/** CenterFace for the native pipeline: on pictures shrunk to `LONGEST`, with all five landmarks. */
export const nativeCenterface = (session: Session): Detector => inPasses({ longest: LONGEST, face: FACE }, detectOnce(session), detectOnce(session))

/** Runs the network once. Returns faces in pixels of `image`, best first, with all five landmarks. */
export const detectOnce = (session: Session): DetectOnce => async (image) => {
  const centres = await detectCentres(session, toCanvas(image))
  return centres.map(({ x1, y1, x2, y2, points, score }) =>
    ({ box: { x: x1, y: y1, w: x2 - x1, h: y2 - y1 }, landmarks: pointsOf(points), score: clamp(score) }))
}

/** Truncated to whole pixels. */
function toFace ({ x1, y1, x2, y2, points, score }: Centre): CanvasFace {
  const point = (i: number): Point => [trunc(points[2 * i]!), trunc(points[2 * i + 1]!)]
  return { x: trunc(x1), y: trunc(y1), w: trunc(x2 - x1), h: trunc(y2 - y1), rightEye: point(0), leftEye: point(1), confidence: clamp(score) }
}

const clamp = (score: number): number => Math.min(Math.max(0, score), 1)

/** Runs the network on the canvas. Returns faces in pixels of the canvas, best first. */
export async function detectCentres (session: Session, canvas: Canvas): Promise<Centre[]> {
  const width = roundUp(canvas.width, INPUT_MULTIPLE)
  const height = roundUp(canvas.height, INPUT_MULTIPLE)
  const outputs = await session.run(resizeUint8(canvas, width, height).data, [1, height, width, 3])
  const maps = { heat: output(outputs, '537'), scales: output(outputs, '538'), offsets: output(outputs, '539'), points: output(outputs, '540') }
  return decode(maps, { width, height }, { x: width / canvas.width, y: height / canvas.height })
}
