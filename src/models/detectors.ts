import type { CanvasDetector, CanvasFace } from '../deepface/detector.ts'
import { nesting } from '../math/box.ts'
import { nms } from '../math/nms.ts'
import type { Landmarks } from '../math/point.ts'
import { bare } from '../opencv/canvas.ts'
import type { DetectorForms, DetectorOptions, FindLandmarks } from './family.ts'
import type { Detection, Detector } from './model.ts'
import { moveFace } from './move.ts'
import type { DetectorName, Pipeline, RealDetector, RecogniserName } from '../names.ts'
import { NESTED, viewsOf } from './views.ts'

/**
 * Cards of names that are not the card's, or mean another model in one pipeline than in the other: `yolov8` is what DeepFace calls
 * `yolov8n` since 0.0.94, its RetinaFace is the large one, and there is a recogniser of dlib's too.
 */
const OTHERS: Readonly<Record<Pipeline, Partial<Record<DetectorName, string>>>> = {
  native: { dlib: 'dlib-hog', yolov8: 'yolov8n' },
  deepface: { dlib: 'dlib-hog', yolov8: 'yolov8n', retinaface: 'retinaface-resnet50' }
}

/** Name of the card that runs as `detector` in `pipeline`. */
export const detectorCard = (detector: RealDetector, pipeline: Pipeline): string => OTHERS[pipeline][detector] ?? detector

/** Names of the cards that represent faces: the recogniser's and, where there is one, the detector's. */
export const cardsFor = ({ model, detector, pipeline }: { model: RecogniserName, detector: DetectorName, pipeline: Pipeline }): string[] =>
  detector === 'skip' ? [model] : [model, detectorCard(detector, pipeline)]

/** Detectors that give all five landmarks themselves. The native pipeline takes those of the others from one of `LANDMARKS_OF`. */
const WITH_LANDMARKS: ReadonlySet<DetectorName> = new Set(['retinaface', 'yunet', 'centerface', 'mtcnn', 'fastmtcnn', 'yolov8', 'yolov8n'])

/**
 * Cards that find landmarks inside a box, the most exact first; the last one's licence permits commercial use. Of 220 pairs of LFW's
 * development list, with SFace at its threshold behind `ssd`: right 100 % with RetinaFace's, 100 % with YuNet's, 99.5 % with dlib's
 * five-point predictor; behind `opencv`, which misses the faces of 15 pairs, 93.2, 93.2 and 92.7 %.
 */
const LANDMARKS_OF = ['retinaface', 'yunet']

/**
 * Name of the card that finds the landmarks of `detector`'s faces in `pipeline`: the first whose licence is permitted. Undefined where
 * none is needed. It is a matter of the configuration alone and not of what can be had, or else the vectors of a photo would be.
 */
export const landmarkCard = (detector: DetectorName, pipeline: Pipeline, permits: (name: string) => boolean): string | undefined =>
  pipeline === 'deepface' || detector === 'skip' || WITH_LANDMARKS.has(detector) ? undefined : LANDMARKS_OF.find(permits)

/**
 * The detector of the native pipeline: the family's own, else DeepFace's on the bare picture. Faces without landmarks get them from
 * `findLandmarks`; where that sees no face, they keep none and are framed by their box (see `framing.ts`).
 */
export function nativeDetector (forms: DetectorForms, { rotated, findLandmarks }: DetectorOptions): Detector {
  const found = forms.native ?? onBarePicture(forms.deepface)
  const upright = findLandmarks ? withLandmarks(found, findLandmarks) : found
  return rotated ? forms.rotated ?? fromAllSides(upright) : upright
}

/** A detector of DeepFace's on the picture without a frame, its faces as the native pipeline has them. */
export function onBarePicture ({ find, close, scoreOf = clipped }: CanvasDetector): Detector {
  return {
    async detect (picture) {
      const found = (await find(bare(await picture.whole()))).filter(({ w, h }) => w > 0 && h > 0)
      return found.map((face) => ({ ...toDetection(face), score: scoreOf(face.confidence) })).sort((p, q) => q.score - p.score)
    },
    close
  }
}

function withLandmarks ({ detect, close }: Detector, findLandmarks: FindLandmarks): Detector {
  return {
    async detect (picture) {
      const faces: Detection[] = []
      for (const face of await detect(picture)) faces.push(face.landmarks ? face : { ...face, landmarks: await findLandmarks(picture, face) })
      return faces
    },
    close
  }
}

/** Looks at the picture turned by quarters too. */
function fromAllSides ({ detect, close }: Detector): Detector {
  return {
    async detect (picture) {
      const found: Detection[] = []
      for (const { picture: view, back } of viewsOf(picture, true)) found.push(...(await detect(view)).map((face) => moveFace(back, face)))
      return nms(found, NESTED, nesting)
    },
    close
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
