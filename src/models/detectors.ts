import type { CanvasDetector, CanvasFace } from '../deepface/detector.ts'
import { nesting } from '../geometry/box.ts'
import { nms } from '../geometry/nms.ts'
import type { Landmarks } from '../geometry/point.ts'
import { bare } from '../opencv/canvas.ts'
import type { DetectorForms, DetectorOptions } from './family.ts'
import type { Detection, Detector } from './model.ts'
import { moveFace } from './move.ts'
import type { DetectorName, Pipeline } from './names.ts'
import { NESTED, viewsOf } from './views.ts'

/** Cards of names that mean another model in one pipeline than in the other: DeepFace's RetinaFace is the large one. */
const OTHERS: Readonly<Record<Pipeline, Partial<Record<DetectorName, string>>>> = {
  native: {},
  deepface: { retinaface: 'retinaface-resnet50' }
}

/** Name of the card that runs as `detector` in `pipeline`. */
export const detectorCard = (detector: DetectorName, pipeline: Pipeline): string => OTHERS[pipeline][detector] ?? detector

/** The detector of the native pipeline: the family's own, else DeepFace's on the bare picture. Undefined when it has neither. */
export function nativeDetector (forms: DetectorForms, { rotated }: DetectorOptions): Detector | undefined {
  const upright = forms.native ?? (forms.deepface && onBarePicture(forms.deepface))
  return rotated ? forms.rotated ?? (upright && fromAllSides(upright)) : upright
}

/** Faces without all five landmarks keep none: they are then framed by their box (see `framing.ts`). */
function onBarePicture ({ find, close }: CanvasDetector): Detector {
  return {
    async detect (picture) {
      return (await find(bare(await picture.whole()))).map(toDetection).sort((p, q) => q.score - p.score)
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

/** Scores are cut to 0..1, where DeepFace's are not always. */
function toDetection (face: CanvasFace): Detection {
  const { x, y, w, h, confidence } = face
  return { box: { x, y, w, h }, landmarks: landmarksOf(face), score: Math.min(1, Math.max(0, confidence)) }
}

/** From the person's left and right to the viewer's. */
function landmarksOf ({ leftEye, rightEye, nose, mouthLeft, mouthRight }: CanvasFace): Landmarks | undefined {
  return leftEye && rightEye && nose && mouthLeft && mouthRight && [rightEye, leftEye, nose, mouthRight, mouthLeft]
}
