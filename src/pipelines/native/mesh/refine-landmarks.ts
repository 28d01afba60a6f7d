import type { Picture } from '../../../image/picture.ts'
import { invert } from '../../../math/affine.ts'
import type { Detection, Detector, FindLandmarks, Mesh, MeshModel, Square } from '../../contract.ts'
import { nearestQuarter, roll } from '../align.ts'
import { moveDetection } from '../move-detection.ts'
import { type DetectOnce, redetectBest, redetectIn } from '../refine.ts'
import { fivePoints } from './points.ts'
import { poseOf } from './pose.ts'
import { firstSquare, moveSquare } from './squares.ts'

const radians = (degrees: number): number => degrees * Math.PI / 180

/**
 * YuNet reports only a part of the tilt of a face, and the presence of a mesh does not depend on it; but YuNet's score does, so that it
 * chooses among crops at several angles. Of photos of LFW's development set that are turned by 45° SFace knows all again (80 copies, mean
 * cosine .995 to the upright ones), by 60° too (400 copies, .997).
 */
const ORIENTATION = {
  /** Looked at when the score is less than this, */
  score: 0.9,
  /** or when the landmarks are tilted by more than this from the nearest quarter turn. */
  tilt: radians(10),
  /** Angles, from that quarter turn. */
  angles: [-90, -60, -30, 0, 30, 60, 90].map(radians),
  /**
   * A look at the reported tilt is enough when the face is upright there beyond doubt: at least this score, no further tilt, and a box that is
   * higher than wide, as boxes of faces on their side are not. Most faces that are looked at at all are of people who lean their heads.
   */
  enough: { score: 0.9, tilt: radians(5), ratio: 0.85 }
}

/**
 * Bounds within which the mesh alone gives the landmarks. In doubt, and on turned heads, CenterFace's are better, and where the mesh is sure the
 * mean of both is; a vector of the mirror image too is better still. Of all pairs of a frontal photo and a profile of 60 people of CFP (SFace) as
 * many as one in a thousand of two people allows are accepted: 79.2 % with the mesh, or YuNet's own landmarks where its presence is below .5;
 * 81.7 % with this rule without the mirror image; 82.3 % with it. Two crops, by the mesh with a template for each yaw and by CenterFace, give
 * 81.3 %. No frontal photo of theirs is beyond these bounds, and 1.6 % of LFW's.
 */
const TURNED = {
  /** Least presence of a mesh whose landmarks are used. */
  presence: 0.9,
  /** Largest yaw in degrees, to either side, at which no other landmarks are used. */
  yaw: 35,
  /**
   * Least presence of a mesh that tells the roll of the face; below, the detector does. With all those photos tilted by 30° 82.4 % are accepted,
   * and 74.5 % where CenterFace looks at them as they lie.
   */
  roll: 0.5
}

/** The models that find the landmarks of faces. */
export interface LandmarkModels {
  readonly mesh: MeshModel
  /** Detects with a low least score. */
  readonly detectOnce: DetectOnce
  /** Finds the landmarks of faces that are turned too far for the mesh, from landmarks that tell their roll. */
  readonly findTurned: FindLandmarks
}

/** A face, and the square in which its mesh is searched. */
interface Start {
  /** With the landmarks that are used when no others are found. */
  readonly face: Detection
  readonly square: Square
}

/**
 * Finds the landmarks of detected faces by a mesh: those that may be tilted are detected again at several angles before. Where the mesh is not
 * sure, `findTurned` gives the landmarks instead; where the head is turned far, it gives further ones. A face of which it sees nothing keeps
 * the landmarks of the detector or of the mesh.
 *
 * @example
 * const refine = refineByMesh({ mesh, detectOnce, findTurned })
 * const [face] = await refine(picture, await detector.detect(picture))
 */
export const refineByMesh = ({ mesh, detectOnce, findTurned }: LandmarkModels): NonNullable<Detector['refineLandmarks']> => async (picture, faces) => {
  const starts: Start[] = []
  for (const face of faces) starts.push(isMaybeTilted(face) ? await uprightStart(detectOnce, picture, face) : { face, square: firstSquare(face) })
  const meshes = await mesh.find(picture, starts.map(({ square }) => square))
  const refined: Detection[] = []
  for (const [i, { face }] of starts.entries()) refined.push(await withLandmarks(picture, face, meshes[i]!, findTurned))
  return refined
}

/** Returns the face with the landmarks by which it is cropped: those of its mesh, of another detector, or both. */
async function withLandmarks (picture: Picture, face: Detection, mesh: Mesh, findTurned: FindLandmarks): Promise<Detection> {
  const byMesh: Detection = { ...face, landmarks: fivePoints(mesh), landmarksOf: 'mesh', mesh }
  const isSure = mesh.presence >= TURNED.presence
  if (isSure && Math.abs(poseOf(mesh).yaw) <= TURNED.yaw) return byMesh
  const found = await findTurned(picture, mesh.presence >= TURNED.roll ? byMesh : face)
  if (!isSure) return { ...face, landmarks: found ?? face.landmarks, mesh, mirrored: true }
  return found ? { ...byMesh, otherLandmarks: found, mirrored: true } : { ...byMesh, mirrored: true }
}

/** Whether a detection's score or landmarks leave open that the face is tilted otherwise than the landmarks are. */
export function isMaybeTilted ({ landmarks, score }: Detection): boolean {
  const tilt = landmarks ? roll(landmarks) : 0
  return score < ORIENTATION.score || Math.abs(tilt - nearestQuarter(tilt)) > ORIENTATION.tilt
}

/** Whether a detection leaves no doubt that its face is upright. */
function isUpright ({ box, landmarks, score }: Detection): boolean {
  const { enough } = ORIENTATION
  return landmarks !== undefined && score >= enough.score && Math.abs(roll(landmarks)) <= enough.tilt && box.w <= enough.ratio * box.h
}

/**
 * Detects a face again at its reported tilt, and at all angles where that leaves a doubt; the best detection says where it is and how it is
 * tilted. The box stays as it is.
 */
async function uprightStart (detectOnce: DetectOnce, picture: Picture, face: Detection): Promise<Start> {
  const tilt = face.landmarks ? roll(face.landmarks) : 0
  const quarter = nearestQuarter(tilt)
  const first = await redetectIn(detectOnce, picture, face.box, tilt)
  const again = first && isUpright(first.face) ? first : await redetectBest(detectOnce, picture, face.box, ORIENTATION.angles.map((angle) => quarter + angle))
  if (!again) return { face, square: firstSquare(face) }
  const back = invert(again.toCrop)
  return { face: { ...face, landmarks: moveDetection(back, again.face).landmarks }, square: moveSquare(back, firstSquare(again.face)) }
}
