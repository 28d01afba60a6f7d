import type { Canvas } from '../image/opencv/canvas.ts'
import { fromImage } from '../image/picture.ts'
import type { Point } from '../math/point.ts'
import type { CanvasFace } from '../pipelines/deepface/deepface-models.ts'

/** Limits of the canvases that a detector sees at their own size. */
export interface CanvasLimit {
  /** Pixels of the largest one that is not shrunk. */
  readonly whole: number
  /** Pixels to which larger ones are shrunk. */
  readonly shrunk: number
  /** Whether the black border counts too, or the picture alone. */
  readonly withBorder?: boolean
}

/**
 * Limit of detectors whose time grows with the picture: DeepFace's own results on photos of 12 megapixels, in up to 24 s where all of the
 * picture is like faces (opencv, fastmtcnn). On larger ones they are off by some pixels anyway, so that these need not cost as much.
 */
export const PICTURE_LIMIT: CanvasLimit = { whole: 4096 * 3072, shrunk: 4_000_000 }

/** Returns `find` for canvases of any size: those over the limit are shrunk. Faces are in whole pixels of the canvas as it was. */
export function onShrunkCanvas (
  find: (canvas: Canvas) => Promise<CanvasFace[]>,
  { whole, shrunk, withBorder = false }: CanvasLimit
): (canvas: Canvas) => Promise<CanvasFace[]> {
  return async (canvas) => {
    const { width, height } = withBorder ? canvas : canvas.image
    if (width * height <= whole) return await find(canvas)
    const image = await fromImage(canvas.image).at(Math.sqrt(shrunk / (width * height)))
    const [across, down] = [image.width / canvas.image.width, image.height / canvas.image.height]
    const [left, top] = [Math.round(canvas.left * across), Math.round(canvas.top * down)]
    const faces = await find({ width: Math.round(canvas.width * across), height: Math.round(canvas.height * down), left, top, image })
    return faces.map((face) => enlarged(face, ([x, y]) => [Math.round(canvas.left + (x - left) / across), Math.round(canvas.top + (y - top) / down)]))
  }
}

function enlarged (face: CanvasFace, back: (point: Point) => Point): CanvasFace {
  const [x, y] = back([face.x, face.y])
  const [right, bottom] = back([face.x + face.w, face.y + face.h])
  const { leftEye, rightEye, nose, mouthLeft, mouthRight } = face
  return {
    ...face,
    x,
    y,
    w: right - x,
    h: bottom - y,
    leftEye: leftEye && back(leftEye),
    rightEye: rightEye && back(rightEye),
    ...(nose && { nose: back(nose) }),
    ...(mouthLeft && { mouthLeft: back(mouthLeft) }),
    ...(mouthRight && { mouthRight: back(mouthRight) })
  }
}
