import { type Canvas, toCanvas } from '../image/opencv/canvas.ts'
import type { Picture } from '../image/picture.ts'
import { nesting } from '../math/box.ts'
import { nmsGreedy } from '../math/nms.ts'
import type { Landmarks } from '../math/point.ts'
import type { Detection, Detector, DetectorOptions, FindLandmarks } from '../pipelines/contract.ts'
import type { CanvasDetector, CanvasFace } from '../pipelines/deepface/deepface-models.ts'
import { findIn } from '../pipelines/native/find-in.ts'
import { refineByMesh } from '../pipelines/native/mesh/refine-landmarks.ts'
import { moveDetection } from '../pipelines/native/move-detection.ts'
import { type TileSize, withTiles } from '../pipelines/native/tiles.ts'
import { NESTED, viewsOf } from '../pipelines/native/views.ts'
import type { DetectorByPipeline } from './family.ts'

/**
 * The detector of the native pipeline: the family's own, otherwise DeepFace's on the picture without a border. Faces without landmarks
 * get them from `findLandmarks`; when that sees no face, they are cropped by their box (see `src/pipelines/native/align.ts`). Those of a
 * detector that needs a mesh for them get them once they are used.
 *
 * @example
 * const detector = nativeDetector(byPipeline, { rotated: false, findLandmarks: other.findLandmarks })
 * const faces = await detector.detect(picture)
 */
export function nativeDetector (byPipeline: DetectorByPipeline, { rotated, findLandmarks, mesh, findTurned }: DetectorOptions): Detector {
  const own = byPipeline.native ?? fromCanvasDetector(byPipeline.deepface)
  const upright = findLandmarks ? withLandmarks(own, findLandmarks) : own
  const detector = rotated ? byPipeline.rotated ?? onAllViews(upright) : upright
  const { detectOnce } = byPipeline
  return mesh && findTurned && detectOnce ? { ...detector, refineLandmarks: refineByMesh({ mesh, detectOnce, findTurned }) } : detector
}

/**
 * Pictures of up to `whole` pixels are processed at their own size, larger ones are shrunk to `shrunk`: then a face of 140 pixels still has
 * 31 in one of 50 megapixels, and the cascade, which finds every face from 24 pixels on, takes up to 3 µs a pixel.
 */
const PIXELS = { whole: 4_000_000, shrunk: 2_500_000 }

/**
 * Runs a detector of DeepFace's on the picture without a border, and reports its faces as the native pipeline does. With `tiles`, the size
 * of its network's input, large pictures are processed in tiles too.
 */
export function fromCanvasDetector ({ find, scoreOf = clipped }: CanvasDetector, tiles?: TileSize): Detector {
  async function detect (canvas: Canvas): Promise<Detection[]> {
    const found = (await find(canvas)).filter(({ w, h }) => w > 0 && h > 0)
    return found.map((face) => ({ ...toDetection(face), score: scoreOf(face.confidence) }))
  }
  async function detectWhole (picture: Picture): Promise<Detection[]> {
    const pixels = picture.width * picture.height
    const image = await picture.at(pixels <= PIXELS.whole ? 1 : Math.sqrt(PIXELS.shrunk / pixels))
    return (await findIn(picture, image, (image) => detect(toCanvas(image)))).sort((p, q) => q.score - p.score)
  }
  return tiles ? withTiles(detectWhole, tiles, detect) : { detect: detectWhole }
}

function withLandmarks ({ detect }: Detector, findLandmarks: FindLandmarks): Detector {
  return {
    async detect (picture) {
      const faces: Detection[] = []
      for (const face of await detect(picture)) faces.push(face.landmarks ? face : { ...face, landmarks: await findLandmarks(picture, face) })
      return faces
    }
  }
}

/** Runs the detector on the picture rotated by 90°, 180° and 270° too. */
function onAllViews ({ detect }: Detector): Detector {
  return {
    async detect (picture) {
      const found: Detection[] = []
      for (const { picture: view, back } of viewsOf(picture, true)) found.push(...(await detect(view)).map((face) => moveDetection(back, face)))
      return nmsGreedy(found, NESTED, nesting)
    }
  }
}

/** DeepFace's confidences are not always within 0..1. */
const clipped = (confidence: number): number => Math.min(1, Math.max(0, confidence))

const toDetection = (face: CanvasFace): Omit<Detection, 'score'> =>
  ({ box: { x: face.x, y: face.y, w: face.w, h: face.h }, landmarks: landmarksOf(face) })

/** The five landmarks with left and right as the viewer sees them; a `CanvasFace` has the person's. */
function landmarksOf ({ leftEye, rightEye, nose, mouthLeft, mouthRight }: CanvasFace): Landmarks | undefined {
  return leftEye && rightEye && nose && mouthLeft && mouthRight && [rightEye, leftEye, nose, mouthRight, mouthLeft]
}
