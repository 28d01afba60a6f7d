import { area } from '../../math/box.ts'
import { roundTo } from '../../math/rounding.ts'
import type { Pose, QualityComponents, SomeLandmarks, RepresentedFace } from '../../pipelines/contract.ts'
import { levelOf } from '../../pipelines/native/quality/recognisability.ts'

/** Reasons why a photo is not good enough to recognise a person by, each with what to do about it. */
export const FLAWS = {
  several_faces: 'The photo shows several people. Send one that shows this person alone, or cut it out.',
  face_too_small: 'The face is too small. Send a photo with the face at least 48 pixels wide.',
  face_blurred: 'The face is blurred. Send a sharper photo.',
  face_turned: 'The face is turned away. Send a photo from the front.',
  face_uncertain: 'The detector is not sure that this is a face. Send a clearer photo.',
  face_unclear: 'The person can hardly be known by this face: it is covered, badly lit, blurred or turned away. Send a clearer photo.'
} as const

export type Flaw = keyof typeof FLAWS

/** Least detector score, in either pipeline. */
const LEAST_SCORE = 0.7

/**
 * Least components of quality, in the order in which they are looked at, with the flaw of a face that has less. They are where the bounds below
 * lie: another face of half the area; 20 pixels between the eyes of a face that is 48 wide; a yaw of 40°, a pitch and a roll of 45°. On 3,443 photos
 * of LFW's development set by yunet-mesh, 22 faces are turned more, 21 blurred more, and of 9 the recognition is low. Of those that are blurred
 * by a Gaussian of 2 pixels seven in ten are refused.
 */
const LEAST: ReadonlyArray<readonly [flaw: Flaw, component: keyof QualityComponents, name: string, least: number]> = [
  ['several_faces', 'singleFacePresent', 'single_face_present', 30],
  ['face_too_small', 'interEyeDistance', 'inter_eye_distance', 8],
  ['face_turned', 'headPoseYaw', 'head_pose_yaw', 59],
  ['face_turned', 'headPosePitch', 'head_pose_pitch', 50],
  ['face_turned', 'headPoseRoll', 'head_pose_roll', 50],
  ['face_blurred', 'sharpness', 'sharpness', 40]
]

/**
 * Bounds for the deepface pipeline, which measures no quality. Tuned on 178 people of LFW's development set, photos of 250 × 250 pixels, detected
 * by RetinaFace. 99 % of them have a face at least 65 pixels wide, sharpness 26, score 0.94, yaw up to 0.35 and roll up to 8°: each bound lets
 * them pass. Blurred by a Gaussian of 2 pixels (the faces are about 100 wide), half have a sharpness below 14; by one of 3.5 pixels, all below 11.
 */

/** Pixels of the shorter side of the face's box. */
const LEAST_SIDE = 48
const LEAST_SHARPNESS = 20
const MOST_YAW = 0.45
/** Degrees. */
const MOST_ROLL = 45

/**
 * Share of the largest face's area from which a second face may be the person meant. Of 533 photos of LFW's development set, one for each
 * person, 71 show other people too. In the 56 where the second face has less than 0.8 of the area, the largest is always the person whom the
 * photo is named after; in the 15 others it is in 5.
 */
const ANOTHER_FACE = 0.5

interface Turn {
  /** Distance of the tip of the nose from the middle of the eyes, along the line through them, in eye distances: 0 frontal, 0.5 or more in profile. */
  readonly yaw: number
  /** Angle between the line through the eyes and the horizontal, in degrees. */
  readonly roll: number
}

/** Turn of a head by eyes and nose; undefined where the detector does not return them. */
function turnOf (landmarks: SomeLandmarks | undefined): Turn | undefined {
  const [left, right, nose] = landmarks ?? []
  if (!left || !right || !nose) return undefined
  const [dx, dy] = [right[0] - left[0], right[1] - left[1]]
  const squared = dx * dx + dy * dy
  if (squared === 0) return { yaw: Infinity, roll: 0 }
  const yaw = ((nose[0] - (left[0] + right[0]) / 2) * dx + (nose[1] - (left[1] + right[1]) / 2) * dy) / squared
  return { yaw: Math.abs(yaw), roll: Math.abs(Math.atan2(dy, dx)) * 180 / Math.PI }
}

/** A flaw, in words for the person who sends the photo. */
export interface Refusal {
  readonly reason: Flaw
  /** The figure that is too low where there is one, and what to do. */
  readonly message: string
}

type Seen = Omit<RepresentedFace, 'embedding'>

const refusal = (reason: Flaw, figure?: string): Refusal => ({ reason, message: figure === undefined ? FLAWS[reason] : `${FLAWS[reason]} (${figure})` })

/**
 * Returns why a photo is unfit for enrolment; undefined when nothing is wrong with it.
 * @param faces its faces, the largest first; with their quality in the native pipeline.
 */
export function flawOf (faces: readonly Seen[]): Refusal | undefined {
  const [face, ...others] = faces
  if (!face) return refusal('face_uncertain')
  const { quality } = face
  if (!quality) return flawWithoutQuality(face, others)
  const low = LEAST.find(([, component,, least]) => quality.components[component] < least)
  if (low) return refusal(low[0], `${low[2]} is ${quality.components[low[1]]}, the least is ${low[3]}`)
  if (face.score < LEAST_SCORE) return refusal('face_uncertain')
  return levelOf(quality.recognisability) === 'low' ? refusal('face_unclear', 'recognition is low') : undefined
}

/** Returns why a face that is turned by more than `maxYaw` degrees is refused; undefined when it is not. */
export function turnedBeyond (maxYaw: number, { yaw }: Pose): Refusal | undefined {
  return Math.abs(yaw) > maxYaw ? refusal('face_turned', `its yaw is ${roundTo(yaw, 1)}°, the most is ${maxYaw}°`) : undefined
}

function flawWithoutQuality (face: Seen, others: readonly Seen[]): Refusal | undefined {
  if (others.some(({ box }) => area(box) >= ANOTHER_FACE * area(face.box))) return refusal('several_faces')
  if (face.score < LEAST_SCORE) return refusal('face_uncertain')
  if (Math.min(face.box.w, face.box.h) < LEAST_SIDE) return refusal('face_too_small')
  const turn = turnOf(face.landmarks)
  if (turn && (turn.yaw > MOST_YAW || turn.roll > MOST_ROLL)) return refusal('face_turned')
  return face.sharpness !== undefined && face.sharpness < LEAST_SHARPNESS ? refusal('face_blurred') : undefined
}
