import { invert } from '../../math/affine.ts'
import { nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Picture } from '../../image/picture.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector } from '../../pipelines/contract.ts'
import { nearestQuarter, roll, uprightBox } from '../../pipelines/native/align.ts'
import { moveDetection } from '../../pipelines/native/move-detection.ts'
import { type DetectOnce, redetectBest } from '../../pipelines/native/refine.ts'
import { ALIKE, faceSearch } from '../../pipelines/native/search.ts'
import { NESTED } from '../../pipelines/native/views.ts'
import type { DetectorByPipeline } from '../family.ts'
import { detectOnce } from './yunet.ts'

/**
 * Least score of a face. On the part of WIDER FACE at 640 pixels .70 finds up to 1.8 % more of the faces in a set and .75 up to 3.5 % fewer,
 * at a precision of 90.1 and 95.1 % instead of 91.9.
 */
const SCORE = 0.72

/** Least score of a face that was found before and is looked at again: the best of several angles counts. */
const AGAIN = 0.5

/**
 * A face is clear when its score is at least this, and its box at most so wide in heights. YuNet reports the box of a face that is tilted by 60° as
 * wide as it is high, or with a low score another face alone. Each of 500 photos of LFW's development set shows a clear face, and 175 of WIDER
 * FACE's 200 at 640 pixels. Of 400 copies of LFW's that are turned by 60° SFace knows all again, without this rule 99.0 %.
 */
const CLEAR = { score: 0.8, width: 0.88 }

/**
 * One face is looked at again that may be tilted otherwise than its landmarks are, which for one tilted by 30° say 0: the widest whose box is at
 * least so wide in heights, when it is not clear, its score is less than this or its landmarks are tilted by more than this from the nearest
 * quarter turn. When it turns out to be tilted, one more pass finds those that are tilted as it is. Of 500 upright photos of LFW 31 need the look
 * and 4 the pass. The boxes of faces in profile, which that look often takes for tilted, are narrower.
 */
const LOOK = {
  width: 0.75,
  score: 0.9,
  tilt: 10 * Math.PI / 180,
  /** Angles from the roll of its landmarks. */
  angles: [-35, 0, 35].map((degrees) => degrees * Math.PI / 180)
}

/**
 * YuNet whose faces get their landmarks from a mesh: it searches in several passes, and reports its own landmarks until those of the mesh are
 * needed.
 */
export const yunetMesh = (session: Session): DetectorByPipeline => ({
  native: searchUntilClear(detectOnce(session, SCORE), false),
  rotated: searchUntilClear(detectOnce(session, SCORE), true),
  detectOnce: detectOnce(session, AGAIN)
})

/**
 * Returns a detector that searches in pass after pass until a face is clear, and reports those of all passes that it needed: where several
 * are one face, the one with the highest score. When one of them is tilted, those that are tilted as it is are searched in one pass more.
 *
 * @example
 * const detector = searchUntilClear(detectOnce(session, 0.72), false)
 */
export function searchUntilClear (detectOnce: DetectOnce, rotated: boolean): Detector {
  const { stages, similarlyTilted, unique } = faceSearch(detectOnce, { rotated, fineLandmarks: false })
  return {
    async detect (picture) {
      let faces: Detection[] = []
      for (const findFaces of stages(picture)) {
        const found = unique(await findFaces())
        faces = faces.length === 0 ? found : merged(faces, found)
        if (faces.some(isClear)) break
      }
      const [widest] = faces.filter(mayHideTilt).sort((p, q) => uprightWidth(q) - uprightWidth(p))
      if (!widest) return faces
      const alike = await similarlyTilted(picture, [await rollOf(detectOnce, picture, widest)])
      const beside = alike.filter(({ score }) => score >= ALIKE.score)
      return beside.length === 0 ? faces : merged(faces, beside)
    }
  }
}

/** The faces of several passes: where several are one face, the one with the highest score. */
const merged = (faces: readonly Detection[], others: readonly Detection[]): Detection[] => nmsGreedy([...faces, ...others], NESTED, nesting)

/** The roll at which the detector sees a face best, in radians, as its landmarks tell it there. */
async function rollOf (detectOnce: DetectOnce, picture: Picture, { box, landmarks }: Detection): Promise<number> {
  const first = roll(landmarks!)
  const again = await redetectBest(detectOnce, picture, box, LOOK.angles.map((angle) => first + angle))
  return again ? roll(moveDetection(invert(again.toCrop), again.face).landmarks!) : first
}

const isClear = (face: Detection): boolean => face.score >= CLEAR.score && uprightWidth(face) <= CLEAR.width

function mayHideTilt (face: Detection): boolean {
  const width = uprightWidth(face)
  const tilt = roll(face.landmarks!)
  return width > CLEAR.width || (width >= LOOK.width && (face.score < LOOK.score || Math.abs(tilt - nearestQuarter(tilt)) > LOOK.tilt))
}

/** Width of the box in heights, once the face is upright. */
function uprightWidth ({ box, landmarks }: Detection): number {
  const { w, h } = uprightBox(box, landmarks)
  return w / h
}
