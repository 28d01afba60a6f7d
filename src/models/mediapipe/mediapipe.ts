import { perspective } from '../../image/opencv/perspective.ts'
import { warpPerspective } from '../../image/opencv/warp-perspective.ts'
import type { Point } from '../../math/point.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { CanvasDetector } from '../../pipelines/deepface/deepface-models.ts'
import type { TileSize } from '../../pipelines/native/tiles.ts'
import { swapRedBlue } from '../swap-red-blue.ts'
import { decode, SIDE } from './decode-mediapipe.ts'

const { fround, max, trunc } = Math

/** Its input, and the smallest face that it finds in it, in pixels: 16 of 16 portraits at 14 pixels, 15 at 12. */
export const TILES: TileSize = { side: SIDE, face: 18 }

/**
 * BlazeFace for short range as DeepFace calls it (`MediaPipe.py`, 0.0.100) through MediaPipe 0.10.21: the canvas shrunk to 128 × 128
 * with black beside it. DeepFace passes pixels as OpenCV decodes them, which swaps red and blue (`order: 'bgr'`). Boxes are square and
 * may reach over the canvas. With DeepFace's border, which `align` adds, many faces are too small for it.
 * Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on Mobile GPUs", 2019, arXiv:1907.05047.
 *
 * Input uint8[1, 128, 128, 3] RGB. Outputs: see `decode-mediapipe.ts`.
 */
export function mediapipe (session: Session, order: 'rgb' | 'bgr'): CanvasDetector {
  return {
    async find (canvas) {
      const { width, height } = canvas
      const side = max(width, height)
      const [left, top] = [(width - side) / 2, (height - side) / 2]
      const square = [[left, top + side], [left, top], [left + side, top], [left + side, top + side]] as const
      const matrix = perspective(square, [[0, SIDE], [0, 0], [SIDE, 0], [SIDE, SIDE]])
      const { data } = warpPerspective(canvas, matrix, SIDE, SIDE)
      const outputs = await session.run(order === 'rgb' ? data : swapRedBlue(data), [1, SIDE, SIDE, 3])
      // Sides of the square become sides of the canvas, then whole pixels.
      const x = along(width, side)
      const y = along(height, side)
      return decode(output(outputs, 'regressors'), output(outputs, 'classificators')).map(({ box, points, score }) => {
        const [x1, y1] = [x(box.x), y(box.y)]
        const point = (i: number): Point => [trunc(x(points[i]![0]) * width), trunc(y(points[i]![1]) * height)]
        return {
          x: trunc(x1 * width),
          y: trunc(y1 * height),
          w: trunc(fround(x(fround(box.x + box.w)) - x1) * width),
          h: trunc(fround(y(fround(box.y + box.h)) - y1) * height),
          rightEye: point(0),
          leftEye: point(1),
          confidence: score
        }
      })
    }
  }
}

/** MediaPipe's `GetRotatedSubRectToRectTransformMatrix` for one axis, in float32. */
function along (size: number, side: number): (value: number) => number {
  const unit = fround(1 / size)
  const scale = fround(side * unit)
  const offset = fround(fround(-0.5 * side + fround(0.5 * size)) * unit)
  return (value) => fround(fround(value * scale) + offset)
}
