/**
 * The components of a face's quality after ISO/IEC 29794-5:2025, "Biometric sample quality, Part 5: Face image data", each 0..100, higher is
 * better. Names, formulas and constants are those of its reference implementation, OFIQ 1.1 of the German BSI
 * (https://github.com/BSI-OFIQ/OFIQ-Project, `OFIQlib/modules/measures` and `data/ofiq_config.jaxn`), read on MediaPipe's mesh instead of
 * ADNet's 98 points; where OFIQ has a network or a table of its own, the comment says what stands here instead.
 */
import type { Size } from '../../../image/pixels.ts'
import type { Point } from '../../../math/point.ts'
import type { Mesh, Pose, QualityComponents } from '../../contract.ts'
import { expressiveness } from '../mesh/expression.ts'
import { distanceOf, pointOf } from '../mesh/points.ts'
import type { FacePixels } from './face-pixels.ts'

/** Facts by which a face is judged. */
export interface Seen {
  readonly mesh: Mesh
  readonly pose: Pose
  readonly pixels: FacePixels
  /** MediaPipe's 52 coefficients of expression. */
  readonly coefficients: ArrayLike<number>
  readonly picture: Size
  /** Area of the largest other face of the picture, in areas of this one; 0 where it is alone. */
  readonly otherFace: number
}

type Points = Pick<Mesh, 'points'>

/** The logistic curve that is ½ at `middle`; `width` says how flat it is. */
const sigmoid = (x: number, middle: number, width: number): number => 1 / (1 + Math.exp((middle - x) / width))

/** A whole number of 0..100. */
const percent = (share: number): number => Math.round(100 * Math.max(0, Math.min(1, share)))

/** Sum of the shares of the linear luminances from `from` to `to`, both included. */
const share = ({ luminance }: FacePixels, from: number, to: number): number => luminance.slice(from, to + 1).reduce((sum, value) => sum + value, 0)

/**
 * Sharpness that scores 50. 90 % of 172 photos of LFW's development set, with faces of 100 pixels, are at 20 to 107; blurred by a Gaussian of
 * 2 pixels at 4 to 20, of 3 pixels at 2 to 9.
 */
const HALF_SHARP = 14

/**
 * Sharpness. OFIQ asks a random forest of 14 filters. Here it is v² / (v² + 14²), with the variance v of the Laplacian in a crop of fixed size:
 * a logistic curve of the logarithm of v.
 */
export const sharpness = ({ sharpness: v }: FacePixels): number => percent(v * v / (v * v + HALF_SHARP * HALF_SHARP))

/** Share of pixels of a luminance of at most 25 of 255, in linear light. OFIQ leaves out what covers the face, which is not known here. */
export const underExposurePrevention = (pixels: FacePixels): number => percent(1.2 * (0.832 - sigmoid(share(pixels, 0, 25), 0.92, 0.05)))

/** Share of pixels of a luminance of at least 247 of 255. */
export const overExposurePrevention = (pixels: FacePixels): number => percent(0.01 / (share(pixels, 247, 255) + 0.01))

/** Entropy of the luminance, of at most 8 bits. */
export const dynamicRange = ({ luminance }: FacePixels): number =>
  percent(luminance.reduce((bits, p) => p === 0 ? bits : bits - p * Math.log2(p), 0) / 8)

/** The squared cosine of an angle in degrees; 0 from a right angle on. */
export const alignment = (degrees: number): number => percent(Math.max(0, Math.cos(degrees * Math.PI / 180)) ** 2)

const middleOf = ([ax, ay]: Point, [bx, by]: Point): Point => [(ax + bx) / 2, (ay + by) / 2]

/** Places and lengths of a face in pixels. */
interface Measures {
  /** Middle of the eye at the viewer's left, and of the other. */
  readonly eyes: readonly [Point, Point]
  readonly betweenEyes: Point
  /** Distance of the middles of the eyes. */
  readonly eyeDistance: number
  /** From the middle between the eyes to the chin: "T" in OFIQ. */
  readonly eyesToChin: number
}

/** Reads the measures of a mesh. */
export function measuresOf (mesh: Points): Measures {
  const eyes = [middleOf(pointOf(mesh, 33), pointOf(mesh, 133)), middleOf(pointOf(mesh, 362), pointOf(mesh, 263))] as const
  const [[lx, ly], [rx, ry]] = eyes
  const betweenEyes = middleOf(...eyes)
  const [cx, cy] = pointOf(mesh, 152)
  return { eyes, betweenEyes, eyeDistance: Math.hypot(rx - lx, ry - ly), eyesToChin: Math.hypot(cx - betweenEyes[0], cy - betweenEyes[1]) }
}

/** Distance of the eyes in pixels of the picture, as it would be from the front. */
export const frontalEyeDistance = ({ eyeDistance }: Measures, { yaw }: Pose): number => eyeDistance / Math.cos(yaw * Math.PI / 180)

/** 50 at 70 pixels. */
export const interEyeDistance = (pixels: number): number => percent(sigmoid(pixels, 70, 20))

const LIDS = [[[160, 144], [159, 145], [158, 153]], [[385, 380], [386, 374], [387, 373]]] as const
const LIPS = [[82, 87], [13, 14], [312, 317]] as const

const opening = (mesh: Points, pairs: ReadonlyArray<readonly [number, number]>): number =>
  Math.max(...pairs.map(([i, j]) => distanceOf(mesh, i, j)))

/**
 * The opening of the eye that is less open, in lengths of eyes to chin. OFIQ has 50 at 0.02; the lids of a mesh stay farther apart: those of
 * eyes that `expressionOf` calls closed are 0.003 to 0.028 apart, of open ones 0.045 and more in 95 % (LFW's development set).
 */
export const eyesOpen = (mesh: Points, { eyesToChin }: Measures): number =>
  percent(sigmoid(Math.min(...LIDS.map((pairs) => opening(mesh, pairs))) / eyesToChin, 0.03, 0.01))

/** The opening between the lips, in lengths of eyes to chin. */
export const mouthClosed = (mesh: Points, { eyesToChin }: Measures): number => percent(1 - sigmoid(opening(mesh, LIPS) / eyesToChin, 0.2, 0.06))

/**
 * How little the face expresses. OFIQ asks two networks and a boosted tree. Here it is the sum of 17 coefficients (`expressiveness`): its median
 * is 0.4 on LFW's photos without a smile and 2.9 on those with one; on FER-2013's, 0.6 for neutral, 2.7 for happy, 1.0 for surprised faces. Anger,
 * sadness and disgust hardly raise it.
 */
export const expressionNeutrality = (coefficients: ArrayLike<number>): number => percent(1 - sigmoid(expressiveness(coefficients), 1.5, 0.4))

/** Room at a side of the picture, in lengths of the face: `enough` scores 50. */
const room = (pixels: number, length: number, enough: number): number => percent(sigmoid(pixels / length, enough, 0.1))

/** Dominance over the largest other face: the square root of the areas' ratio. OFIQ says this of the largest face alone. */
export const singleFacePresent = (otherFace: number): number => percent(1 - Math.sqrt(otherFace))

/** Returns all components of a face. */
export function componentsOf ({ mesh, pose, pixels, coefficients, picture: { width, height }, otherFace }: Seen): QualityComponents {
  const measures = measuresOf(mesh)
  const { eyes: [left, right], betweenEyes, eyeDistance, eyesToChin } = measures
  return {
    sharpness: sharpness(pixels),
    underExposurePrevention: underExposurePrevention(pixels),
    overExposurePrevention: overExposurePrevention(pixels),
    dynamicRange: dynamicRange(pixels),
    interEyeDistance: interEyeDistance(frontalEyeDistance(measures, pose)),
    headPoseYaw: alignment(pose.yaw),
    headPosePitch: alignment(pose.pitch),
    headPoseRoll: alignment(pose.roll),
    expressionNeutrality: expressionNeutrality(coefficients),
    eyesOpen: eyesOpen(mesh, measures),
    mouthClosed: mouthClosed(mesh, measures),
    leftwardCropOfTheFaceImage: room(left[0], eyeDistance, 0.9),
    rightwardCropOfTheFaceImage: room(width - right[0], eyeDistance, 0.9),
    marginAboveOfTheFaceImage: room(betweenEyes[1], eyesToChin, 1.4),
    marginBelowOfTheFaceImage: room(height - betweenEyes[1], eyesToChin, 1.8),
    singleFacePresent: singleFacePresent(otherFace)
  }
}
