import type { Canvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Point } from '../../math/point.ts'
import { roundHalfEven } from '../../math/rounding.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { CanvasDetector } from '../../pipelines/deepface/deepface-models.ts'
import { decodeLevel, LEVELS, nmsResnet50 } from './decode-resnet50.ts'

/** Shorter side of the input in pixels, and largest longer side, which limits the shorter one (`preprocess.py`). */
const [SHORTER, LONGEST] = [1024, 1980]

const { max, min, trunc } = Math

/**
 * RetinaFace on a ResNet-50 as DeepFace calls it (`RetinaFace.py`, 0.0.100) through retina-face 0.0.17. Small pictures are enlarged:
 * the network sees the face of a portrait with a million pixels.
 * Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641.
 *
 * Input uint8[1, height, width, 3] RGB of any size. Outputs: see `decode-resnet50.ts`.
 */
export function retinafaceResnet50 (session: Session): CanvasDetector {
  return {
    async find (canvas) {
      const { scale, width, height } = scaled(canvas)
      const pixels = resizeUint8(canvas, width, height, scale)
      const outputs = await session.run(pixels.data, [1, height, width, 3])
      const found = LEVELS.flatMap((level) => decodeLevel(level, {
        scores: output(outputs, `prob_stride${level.stride}`),
        boxes: output(outputs, `bbox_stride${level.stride}`),
        points: output(outputs, `landmark_stride${level.stride}`)
      }, { width, height }, scale))
      return nmsResnet50(found).map(({ x1, y1, x2, y2, points, score }) => {
        const point = (i: number): Point => [trunc(points[2 * i]!), trunc(points[2 * i + 1]!)]
        const [x, y] = [trunc(x1), trunc(y1)]
        return {
          x,
          y,
          w: trunc(x2) - x,
          h: trunc(y2) - y,
          rightEye: point(0),
          leftEye: point(1),
          nose: point(2),
          mouthRight: point(3),
          mouthLeft: point(4),
          confidence: score
        }
      })
    }
  }
}

/** Scale and size of the network's input for a picture. */
export function scaled ({ width, height }: Pick<Canvas, 'width' | 'height'>): { scale: number, width: number, height: number } {
  const [shorter, longer] = [min(width, height), max(width, height)]
  const wanted = SHORTER / shorter
  const scale = roundHalfEven(wanted * longer) > LONGEST ? LONGEST / longer : wanted
  return { scale, width: max(1, roundHalfEven(width * scale)), height: max(1, roundHalfEven(height * scale)) }
}
