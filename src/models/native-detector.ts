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
 * The detector of the native pipeline: the family's own, else DeepFace's on the bare picture. Faces without landmarks get them from
 * `findLandmarks`; where that sees no face, they keep none and are framed by their box (see `framing.ts`).
 */
export function nativeDetector (forms: DetectorByPipeline, { rotated, findLandmarks }: DetectorOptions): Detector {
  const found = forms.native ?? fromCanvasDetector(forms.deepface)
  const upright = findLandmarks ? withLandmarks(found, findLandmarks) : found
  return rotated ? forms.rotated ?? onAllViews(upright) : upright
}

/** A detector of DeepFace's on the picture without a frame, its faces as the native pipeline has them. */
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

/** Looks at the picture turned by quarters too. */
function onAllViews ({ detect }: Detector): Detector {
  return {
    async detect (picture) {
      const found: Detection[] = []
      for (const { picture: view, back } of viewsOf(picture, true)) found.push(...(await detect(view)).map((face) => moveDetection(back, face)))
      return nmsGreedy(found, NESTED, nesting)
    }
  }
}

/** DeepFace's are not always within 0..1. */
const clipped = (confidence: number): number => Math.min(1, Math.max(0, confidence))

const toDetection = (face: CanvasFace): Omit<Detection, 'score'> =>
  ({ box: { x: face.x, y: face.y, w: face.w, h: face.h }, landmarks: landmarksOf(face) })

/** From the person's left and right to the viewer's. */
function landmarksOf ({ leftEye, rightEye, nose, mouthLeft, mouthRight }: CanvasFace): Landmarks | undefined {
  return leftEye && rightEye && nose && mouthLeft && mouthRight && [rightEye, leftEye, nose, mouthRight, mouthLeft]
}
