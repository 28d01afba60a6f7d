import type { Expression, Mesh } from '../../contract.ts'
import { distanceOf, rollOf } from './points.ts'

/** The points that MediaPipe's network of expressions gets, in its order (`face_blendshapes_graph.cc` of MediaPipe 0.10, `kLandmarksSubsetIdxs`). */
export const EXPRESSIVE_POINTS: readonly number[] = [
  0, 1, 4, 5, 6, 7, 8, 10, 13, 14, 17, 21, 33, 37, 39, 40, 46, 52, 53, 54, 55, 58, 61, 63, 65, 66, 67, 70, 78, 80, 81, 82, 84, 87, 88, 91, 93, 95,
  103, 105, 107, 109, 127, 132, 133, 136, 144, 145, 146, 148, 149, 150, 152, 153, 154, 155, 157, 158, 159, 160, 161, 162, 163, 168, 172, 173,
  176, 178, 181, 185, 191, 195, 197, 234, 246, 249, 251, 263, 267, 269, 270, 276, 282, 283, 284, 285, 288, 291, 293, 295, 296, 297, 300, 308,
  310, 311, 312, 314, 317, 318, 321, 323, 324, 332, 334, 336, 338, 356, 361, 362, 365, 373, 374, 375, 377, 378, 379, 380, 381, 382, 384, 385,
  386, 387, 388, 389, 390, 397, 398, 400, 402, 405, 409, 415, 454, 466, 468, 469, 470, 471, 472, 473, 474, 475, 476, 477
]

/** Coefficients that are used, by their place among MediaPipe's 52 (`kBlendshapeNames`, same file). Left is the person's. */
const AT = {
  eyeBlinkLeft: 9,
  eyeBlinkRight: 10,
  eyeLookInLeft: 13,
  eyeLookInRight: 14,
  eyeLookOutLeft: 15,
  eyeLookOutRight: 16,
  jawOpen: 25,
  mouthSmileLeft: 44,
  mouthSmileRight: 45
} as const

/**
 * Those that are high when a face expresses something, by their places: browInnerUp, eyeWide, jawOpen, mouthFrown, mouthFunnel, mouthLowerDown,
 * mouthSmile, mouthStretch, mouthUpperUp, noseSneer, of both sides.
 */
const EXPRESSIONS = [3, 21, 22, 25, 30, 31, 32, 34, 35, 44, 45, 46, 47, 48, 49, 50, 51] as const

/** How much a face expresses: the sum of its coefficients of expression, 0..17. */
export const expressiveness = (coefficients: ArrayLike<number>): number => EXPRESSIONS.reduce((sum, i) => sum + coefficients[i]!, 0)

/**
 * Bounds, set on 3,443 photos of LFW's development set. The coefficients shake by up to 0.2 with the crop, so that eyes are open or closed
 * only when their shape says so too: narrow eyes that are open reach a blink of 0.44 on both sides.
 */
const BOUNDS = {
  closed: { blink: 0.55, ratio: 0.1 },
  open: { blink: 0.35, ratio: 0.15 },
  jaw: 0.3,
  lips: 0.3,
  smile: 0.5,
  gaze: 0.5
}

/** The x and y of the expressive points, of a mesh that is turned upright: the network centres and scales them itself. */
export function expressivePoints (mesh: Mesh): Float32Array {
  const angle = rollOf(mesh)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  return Float32Array.from(EXPRESSIVE_POINTS.flatMap((i) => {
    const [x, y] = [mesh.points[3 * i]!, mesh.points[3 * i + 1]!]
    return [cos * x + sin * y, cos * y - sin * x]
  }))
}

/** How far the eyes are open: the height of their opening in widths of an eye, the mean of both. */
export const eyeRatio = (mesh: Mesh): number =>
  (distanceOf(mesh, 160, 144) + distanceOf(mesh, 158, 153)) / (4 * distanceOf(mesh, 33, 133)) +
  (distanceOf(mesh, 385, 380) + distanceOf(mesh, 387, 373)) / (4 * distanceOf(mesh, 362, 263))

/** How far the lips are apart, in widths of the mouth. */
export const lipsRatio = (mesh: Mesh): number => distanceOf(mesh, 13, 14) / distanceOf(mesh, 61, 291)

/** Reads the expression of a mesh from its shape and MediaPipe's 52 coefficients for it. */
export function expressionOf (mesh: Mesh, coefficients: ArrayLike<number>): Expression {
  const value = (name: keyof typeof AT): number => coefficients[AT[name]]!
  const blinks = [value('eyeBlinkLeft'), value('eyeBlinkRight')]
  const ratio = eyeRatio(mesh)
  const areClosed = Math.min(...blinks) >= BOUNDS.closed.blink && ratio < BOUNDS.closed.ratio
  const areOpen = Math.max(...blinks) < BOUNDS.open.blink && ratio > BOUNDS.open.ratio
  const right = (value('eyeLookOutLeft') - value('eyeLookInLeft') + value('eyeLookInRight') - value('eyeLookOutRight')) / 2
  return {
    eyes: areClosed ? 'closed' : areOpen ? 'open' : 'unknown',
    mouthOpen: value('jawOpen') >= BOUNDS.jaw || lipsRatio(mesh) >= BOUNDS.lips,
    smile: (value('mouthSmileLeft') + value('mouthSmileRight')) / 2 >= BOUNDS.smile,
    gaze: right >= BOUNDS.gaze ? 'right' : right <= -BOUNDS.gaze ? 'left' : 'ahead'
  }
}
