import { toCanvas } from '../image/opencv/canvas.ts'
import { nesting } from '../math/box.ts'
import { nmsGreedy } from '../math/nms.ts'
import type { Landmarks } from '../math/point.ts'
import type { Detection, Detector, DetectorOptions, FindLandmarks } from '../pipelines/contract.ts'
import type { CanvasDetector, CanvasFace } from '../pipelines/deepface/deepface-models.ts'
import { moveDetection } from '../pipelines/native/move-detection.ts'
import { NESTED, viewsOf } from '../pipelines/native/views.ts'
import type { DetectorByPipeline } from './family.ts'

/**
 * The detector of the native pipeline: the family's own, otherwise DeepFace's on the picture without a border. Faces without landmarks
 * get them from `findLandmarks`; when that sees no face, they are cropped by their box (see `src/pipelines/native/align.ts`).
 *
 * @example
 * const detector = nativeDetector(byPipeline, { rotated: false, findLandmarks: other.findLandmarks })
 * const faces = await detector.detect(picture)
 */
export function nativeDetector (byPipeline: DetectorByPipeline, { rotated, findLandmarks }: DetectorOptions): Detector {
  const own = byPipeline.native ?? fromCanvasDetector(byPipeline.deepface)
  const upright = findLandmarks ? withLandmarks(own, findLandmarks) : own
  return rotated ? byPipeline.rotated ?? onAllViews(upright) : upright
}

/** Runs a detector of DeepFace's on the picture without a border, and reports its faces as the native pipeline does. */
export function fromCanvasDetector ({ find, scoreOf = clipped }: CanvasDetector): Detector {
  return {
    async detect (picture) {
      const found = (await find(toCanvas(await picture.whole()))).filter(({ w, h }) => w > 0 && h > 0)
      return found.map((face) => ({ ...toDetection(face), score: scoreOf(face.confidence) })).sort((p, q) => q.score - p.score)
    }
  }
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
