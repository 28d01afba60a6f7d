import type { Picture } from '../../image/picture.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector, DetectorOptions } from '../../pipelines/contract.ts'
import { roll } from '../../pipelines/native/align.ts'
import { needsRefinement, refine } from '../../pipelines/native/refine.ts'
import { faceSearch } from '../../pipelines/native/search.ts'
import { detectOnce } from './detect-once.ts'

/**
 * When a face is tilted by more than this, in radians, others usually are too, and are missed for that reason. One more pass then runs on
 * the picture rotated so that this face is upright. Faces that only this pass finds must have at least this score.
 */
const BESIDE = { tilt: 15 * Math.PI / 180, score: 0.8 }

/**
 * RetinaFace: faces with five landmarks.
 * Deng et al., "RetinaFace: Single-stage Dense Face Localisation in the Wild", CVPR 2020, arXiv:1905.00641; InsightFace's
 * MobileNet-0.25 (`mnet.25`, "cov2").
 *
 * Input uint8[1, height, width, 3] RGB, height and width multiples of 32. Outputs of each level: see `anchors.ts`.
 *
 * Finds faces tilted by up to 45°; with `rotated` by any angle, in four times the time.
 */
export function retinaface (session: Session, { rotated }: DetectorOptions = { rotated: false }): Detector {
  const detectIn = detectOnce(session)
  const { stages, rotatedPass, unique } = faceSearch(detectIn, { rotated, fineLandmarks: true })

  /** Detects possibly tilted faces again, upright, and drops those that turn out to be false positives. */
  async function refineEach (picture: Picture, found: readonly Detection[]): Promise<Detection[]> {
    const faces: Detection[] = []
    for (const face of found) {
      const seen = rotated || needsRefinement(face) ? await refine(detectIn, picture, face) : face
      if (seen) faces.push(seen)
    }
    return unique(faces)
  }

  /** Adds faces that are tilted as the first tilted one of `faces` is. */
  async function withSimilarlyTilted (picture: Picture, faces: Detection[]): Promise<Detection[]> {
    const tilt = faces.map(({ landmarks }) => roll(landmarks!)).find((angle) => Math.abs(rotated ? fromQuarter(angle) : angle) > BESIDE.tilt)
    if (tilt === undefined) return faces
    const beside = await rotatedPass(picture, -tilt)
    return unique([...faces, ...(await refineEach(picture, beside)).filter(({ score }) => score >= BESIDE.score)])
  }

  return {
    async detect (picture) {
      for (const findFaces of stages(picture)) {
        const faces = await refineEach(picture, await findFaces())
        if (faces.length > 0) return await withSimilarlyTilted(picture, faces)
      }
      return []
    }
  }
}

/** Angle from the nearest quarter turn, which has a pass anyway. */
const fromQuarter = (angle: number): number => angle - Math.round(angle / (Math.PI / 2)) * Math.PI / 2
