import { apply } from '../../math/affine.ts'
import type { Landmarks, Point } from '../../math/point.ts'
import { similarityTransform } from '../../math/similarity-transform.ts'

/**
 * Positions of a detector's landmarks in a crop of 112 × 112 pixels: ArcFace (Deng et al., CVPR 2019, arXiv:1801.07698), insightface 0.7
 * `face_align.py`.
 */
export const ARCFACE: Landmarks = [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]]

/**
 * Positions of a mesh's landmarks in that crop: their mean on 1,148 photos of LFW's development set that were aligned to ARCFACE by YuNet's
 * landmarks.
 */
const MESH: Landmarks = [[37.57, 53.64], [72.03, 53.02], [54.82, 75.82], [40.27, 90.8], [70.32, 90.1]]

/** Returns where a mesh's landmarks lie in the crop in which those of a detector lie at `template`. */
export function meshTemplate (template: Landmarks): Landmarks {
  const toCrop = similarityTransform(ARCFACE, template)
  return MESH.map((point): Point => apply(toCrop, point)) as unknown as Landmarks
}
