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
 * The presence of a mesh does not depend on the tilt of a face; but YuNet's score does, so that it chooses among crops at several angles. Where
 * the score is higher, the landmarks' roll is off by 32° at most (150 photos of LFW's development set, turned by up to 60°), and the passes of the
 * mesh correct that. SFace knows all 100 of these photos again at ±15 to ±60° but one at 45°, with a mean cosine of .992 to the upright ones.
 */
const ORIENTATION = {
  /** Looked at when the score is less than this. */
  score: 0.9,
  /** Angles, from the quarter turn that is nearest to the roll of the landmarks. */
  angles: [-90, -60, -30, 0, 30, 60, 90].map(radians),
  /**
   * A look at the reported tilt is enough when the face is upright there beyond doubt: at least this score, no further tilt, and a box that is
   * higher than wide, as boxes of faces on their side are not. Most faces that are looked at at all are of people who lean their heads.
   */
  enough: { score: 0.9, tilt: radians(5), ratio: 0.85 }
}

/**
 * Bounds within which the mesh alone gives the landmarks. In doubt, and on turned heads, CenterFace's mean of two looks is better, and a vector
 * of the mirror image too is better still. Of all pairs of a frontal photo and a profile of 60 people of CFP (SFace) as many as one in a thousand
 * of two people allows are accepted: 66.6 % with the mesh alone; with CenterFace 79.9 % after one look, 80.9 after two, with all those photos
 * tilted by 30° 80.7 and 82.4. The mesh of 256 pixels, which takes four times as long on every face, gave 82.3 % where crops lay halfway between
 * its and CenterFace's. No frontal photo of theirs is beyond these bounds.
 */
const TURNED = {
  /** Least presence of a mesh whose landmarks are used. */
  presence: 0.9,
  /** Largest yaw in degrees, to either side, at which no other landmarks are used. */
  yaw: 30
}

/** The models that find the landmarks of faces. */
export interface LandmarkModels {
  readonly mesh: MeshModel
  /** Detects with a low least score. */
  readonly detectOnce: DetectOnce
  /** Finds the landmarks of faces that are turned too far for the mesh. */
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
 * sure, or the head is turned far, `findTurned` gives the landmarks instead. A face of which it sees nothing keeps those that it has: of the mesh
 * when that is sure, otherwise of the detector.
 *
 * @example
 * const refine = refineByMesh({ mesh, detectOnce, findTurned })
 * const [face] = await refine(picture, await detector.detect(picture))
 */
export const refineByMesh = ({ mesh, detectOnce, findTurned }: LandmarkModels): NonNullable<Detector['refineLandmarks']> => async (picture, faces) => {
  const starts: Start[] = []
  for (const face of faces) starts.push(face.score < ORIENTATION.score ? await uprightStart(detectOnce, picture, face) : { face, square: firstSquare(face) })
  const meshes = await mesh.find(picture, starts.map(({ square }) => square))
  const refined: Detection[] = []
  for (const [i, { face }] of starts.entries()) refined.push(await withLandmarks(picture, face, meshes[i]!, findTurned))
  return refined
}

/** Returns the face with the landmarks by which it is cropped: those of its mesh or of another detector. */
async function withLandmarks (picture: Picture, face: Detection, mesh: Mesh, findTurned: FindLandmarks): Promise<Detection> {
  const isSure = mesh.presence >= TURNED.presence
  const best: Detection = isSure ? { ...face, landmarks: fivePoints(mesh), landmarksOf: 'mesh', mesh } : { ...face, mesh }
  if (isSure && Math.abs(poseOf(mesh).yaw) <= TURNED.yaw) return best
  const found = await findTurned(picture, face)
  return found ? { ...face, landmarks: found, mesh, mirrored: true } : { ...best, mirrored: true }
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
