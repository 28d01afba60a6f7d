import type { Canvas } from '../../image/opencv/canvas.ts'
import { resizeUint8 } from '../../image/opencv/resize-uint8.ts'
import type { Box } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import { output, type Session } from '../../onnx/session.ts'
import type { CanvasDetector, CanvasFace, FindEyes } from '../../pipelines/deepface/deepface-models.ts'
import type { TileSize } from '../../pipelines/native/tiles.ts'
import { decode, SIDE } from './priors.ts'

const { fround, max, min, trunc } = Math

/** DeepFace's least score. */
const SCORE = fround(0.9)

/** Its input, and the smallest face that it finds in it, in pixels: 16 of 16 portraits at 24 pixels, 8 at 20. */
export const TILES: TileSize = { side: SIDE, face: 30 }

/** The `DetectionOutput` layer of `deploy.prototxt`: overlap above which two boxes are one, and numbers of boxes compared and kept. */
const [OVERLAP, COMPARED, KEPT] = [0.45, 400, 200]

/**
 * OpenCV's SSD on a ResNet-10 as DeepFace calls it (`Ssd.py`, 0.0.100) through OpenCV's `dnn`: the canvas stretched to 300 × 300.
 * Liu et al., "SSD: Single Shot MultiBox Detector", ECCV 2016, arXiv:1512.02325.
 *
 * Input uint8[1, 300, 300, 3] RGB. Outputs: see `priors.ts`.
 */
export function ssd (session: Session, findEyes: FindEyes): CanvasDetector {
  return {
    findEyes,
    async find (canvas) {
      const outputs = await session.run(resizeUint8(canvas, SIDE, SIDE).data, [1, SIDE, SIDE, 3])
      const found = decode(output(outputs, 'mbox_loc'), output(outputs, 'mbox_conf_flatten'), SCORE)
      const best = [...found].sort((p, q) => q.score - p.score).slice(0, COMPARED).map(({ box, score }) => ({ box: clipped(box), score }))
      return nmsGreedy(best, OVERLAP).slice(0, KEPT).map((face) => toFace(face, canvas))
    }
  }
}

/** The box in sides of the input, clipped to it. */
function clipped ({ x, y, w, h }: Box): Box {
  const [x1, y1, x2, y2] = [x, y, x + w, y + h].map((at) => fround(min(max(at / SIDE, 0), 1))) as [number, number, number, number]
  return { x: x1, y: y1, w: x2 - x1, h: y2 - y1 }
}

/** Truncated to whole pixels of the input, then to whole pixels of the canvas: faces of a large picture lie on a coarse grid. */
function toFace ({ box: { x, y, w, h }, score }: { box: Box, score: number }, { width, height }: Canvas): CanvasFace {
  const whole = (at: number, size: number): number => trunc(trunc(fround(at * SIDE)) * (size / SIDE))
  const [left, top] = [whole(x, width), whole(y, height)]
  return { x: left, y: top, w: whole(x + w, width) - left, h: whole(y + h, height) - top, leftEye: undefined, rightEye: undefined, confidence: score }
}
