import { area } from '../../math/box.ts'
import type { SomeLandmarks, RepresentedFace } from '../../pipelines/contract.ts'

/** Reasons why a photo is not good enough to recognise a person by, each with what to do about it. */
export const FLAWS = {
  several_faces: 'The photo shows several people. Send one that shows this person alone, or cut it out.',
  face_too_small: 'The face is too small. Send a photo with the face at least 48 pixels wide.',
  face_blurred: 'The face is blurred. Send a sharper photo.',
  face_turned: 'The face is turned away. Send a photo from the front.',
  face_uncertain: 'The detector is not sure that this is a face. Send a clearer photo.'
} as const

export type Flaw = keyof typeof FLAWS

/**
 * Tuned on 178 people of LFW's development set, photos of 250 × 250 pixels, detected by RetinaFace. 99 % of them have a face at least 65 pixels
 * wide, sharpness 26, score 0.94, yaw up to 0.35 and roll up to 8°: each bound lets them pass. Blurred by a Gaussian of 2 pixels (the faces are
 * about 100 wide), half have a sharpness below 14; by one of 3.5 pixels, all below 11.
 */

/** Pixels of the shorter side of the face's box. */
const LEAST_SIDE = 48
const LEAST_SHARPNESS = 20
const LEAST_SCORE = 0.7
const MOST_YAW = 0.45
/** Degrees. */
const MOST_ROLL = 45

/**
 * Share of the largest face's area from which a second face may be the person meant. Of 533 photos of LFW's development set, one for each
 * person, 71 show other people too. In the 56 where the second face has less than 0.8 of the area, the largest is always the person whom the
 * photo is named after; in the 15 others it is in 5.
 */
const ANOTHER_FACE = 0.5

export interface Pose {
  /** Distance of the tip of the nose from the middle of the eyes, along the line through them, in eye distances: 0 frontal, 0.5 or more in profile. */
  readonly yaw: number
  /** Angle between the line through the eyes and the horizontal, in degrees. */
  readonly roll: number
}

/** Pose by eyes and nose; undefined where the detector does not return them. */
export function poseOf (landmarks: SomeLandmarks | undefined): Pose | undefined {
  const [left, right, nose] = landmarks ?? []
  if (!left || !right || !nose) return undefined
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]]
  const squared = dx * dx + dy * dy
  if (squared === 0) return { yaw: Infinity, roll: 0 }
  const yaw = ((nose[0] - (left[0] + right[0]) / 2) * dx + (nose[1] - (left[1] + right[1]) / 2) * dy) / squared
  return { yaw: Math.abs(yaw), roll: Math.abs(Math.atan2(dy, dx)) * 180 / Math.PI }
}

/**
 * Returns the flaw that makes a photo unfit for enrolment; undefined when it has none.
 * @param faces its faces, the largest first.
 */
export function flawOf (faces: ReadonlyArray<Omit<RepresentedFace, 'embedding'>>): Flaw | undefined {
  const [face, ...others] = faces
  if (!face) return 'face_uncertain'
  if (others.some(({ box }) => area(box) >= ANOTHER_FACE * area(face.box))) return 'several_faces'
  if (face.score < LEAST_SCORE) return 'face_uncertain'
  if (Math.min(face.box.w, face.box.h) < LEAST_SIDE) return 'face_too_small'
  const pose = poseOf(face.landmarks)
  if (pose && (pose.yaw > MOST_YAW || pose.roll > MOST_ROLL)) return 'face_turned'
  if (face.sharpness !== undefined && face.sharpness < LEAST_SHARPNESS) return 'face_blurred'
  return undefined
}
