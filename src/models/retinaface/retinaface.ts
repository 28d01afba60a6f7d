import type { Picture } from '../../image/picture.ts'
import type { Session } from '../../onnx/session.ts'
import type { Detection, Detector, DetectorOptions } from '../../pipelines/contract.ts'
import { roll } from '../../pipelines/native/align.ts'
import { needsRefinement, refine } from '../../pipelines/native/refine.ts'
import { ALIKE, faceSearch } from '../../pipelines/native/search.ts'
import { detectOnce } from './detect-once.ts'

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
  const { stages, similarlyTilted, unique } = faceSearch(detectIn, { rotated, fineLandmarks: true })

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
    const beside = await refineEach(picture, await similarlyTilted(picture, faces.map(({ landmarks }) => roll(landmarks!))))
    return unique([...faces, ...beside.filter(({ score }) => score >= ALIKE.score)])
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
