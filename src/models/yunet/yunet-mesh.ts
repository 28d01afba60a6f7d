import { nesting } from '../../math/box.ts'
import { nmsGreedy } from '../../math/nms.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector } from '../../pipelines/contract.ts'
import { uprightBox } from '../../pipelines/native/align.ts'
import type { DetectOnce } from '../../pipelines/native/refine.ts'
import { faceSearch } from '../../pipelines/native/search.ts'
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
 * are one face, the one with the highest score.
 *
 * @example
 * const detector = searchUntilClear(detectOnce(session, 0.72), false)
 */
export function searchUntilClear (detectOnce: DetectOnce, rotated: boolean): Detector {
  const { stages, unique } = faceSearch(detectOnce, { rotated, fineLandmarks: false })
  return {
    async detect (picture) {
      let faces: Detection[] = []
      for (const findFaces of stages(picture)) {
        const found = unique(await findFaces())
        faces = faces.length === 0 ? found : nmsGreedy([...faces, ...found], NESTED, nesting)
        if (faces.some(isClear)) break
      }
      return faces
    }
  }
}

function isClear ({ box, landmarks, score }: Detection): boolean {
  const { w, h } = uprightBox(box, landmarks)
  return score >= CLEAR.score && w <= CLEAR.width * h
}
