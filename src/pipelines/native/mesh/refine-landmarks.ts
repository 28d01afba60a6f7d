import type { Picture } from '../../../image/picture.ts'
import { invert } from '../../../math/affine.ts'
import type { Detection, Detector, MeshModel, Square } from '../../contract.ts'
import { roll } from '../align.ts'
import { moveDetection } from '../move-detection.ts'
import { type DetectOnce, redetectIn } from '../refine.ts'
import { fivePoints } from './points.ts'
import { firstSquare, moveSquare } from './squares.ts'

const radians = (degrees: number): number => degrees * Math.PI / 180

/**
 * YuNet reports only a part of the tilt of a face, and the presence of a mesh does not depend on it; but YuNet's score does, so that it
 * chooses among crops at several angles. Of photos of LFW's development set that are turned by 45° SFace knows all again (80 copies, mean
 * cosine .995 to the upright ones), by 60° 98.3 % (400 copies, .98); in the others YuNet misses the face and reports something else.
 */
const ORIENTATION = {
  /** Looked at when the score is less than this, */
  score: 0.9,
  /** or when the landmarks are tilted by more than this from the nearest quarter turn. */
  tilt: radians(10),
  /** Angles, from that quarter turn. */
  angles: [-90, -60, -30, 0, 30, 60, 90].map(radians)
}

/**
 * Least presence of a mesh whose landmarks are used. Below, the detector's own are better: on faces that are cut off by 20 % on all sides the
 * mean cosine to the embeddings of whole faces is .55 with them, and .45 with the mesh.
 */
const PRESENT = 0.5

/** A face, and the square in which its mesh is searched. */
interface Start {
  /** With the landmarks that are used when no mesh is found. */
  readonly face: Detection
  readonly square: Square
}

/**
 * Finds the landmarks of detected faces by a mesh: those that may be tilted are detected again at several angles before. A face without a
 * mesh keeps the landmarks of the detector. `detectOnce` detects with a low least score.
 *
 * @example
 * const refine = refineByMesh(mesh, detectOnce)
 * const [face] = await refine(picture, await detector.detect(picture))
 */
export const refineByMesh = (mesh: MeshModel, detectOnce: DetectOnce): NonNullable<Detector['refineLandmarks']> => async (picture, faces) => {
  const starts: Start[] = []
  for (const face of faces) starts.push(isMaybeTilted(face) ? await uprightStart(detectOnce, picture, face) : { face, square: firstSquare(face) })
  const meshes = await mesh.find(picture, starts.map(({ square }) => square))
  return starts.map(({ face }, i): Detection => {
    const mesh = meshes[i]!
    return mesh.presence < PRESENT ? { ...face, mesh } : { ...face, landmarks: fivePoints(mesh), landmarksOf: 'mesh', mesh }
  })
}

const nearestQuarter = (angle: number): number => Math.round(angle / (Math.PI / 2)) * Math.PI / 2

function isMaybeTilted ({ landmarks, score }: Detection): boolean {
  const tilt = landmarks ? roll(landmarks) : 0
  return score < ORIENTATION.score || Math.abs(tilt - nearestQuarter(tilt)) > ORIENTATION.tilt
}

/** Detects a face again at all angles; the best detection says where it is and how it is tilted. The box stays as it is. */
async function uprightStart (detectOnce: DetectOnce, picture: Picture, face: Detection): Promise<Start> {
  const quarter = face.landmarks ? nearestQuarter(roll(face.landmarks)) : 0
  let best: Start | undefined
  let score = 0
  for (const angle of ORIENTATION.angles) {
    const again = await redetectIn(detectOnce, picture, face.box, quarter + angle)
    if (!again || again.face.score <= score) continue
    const back = invert(again.toCrop)
    score = again.face.score
    best = { face: { ...face, landmarks: moveDetection(back, again.face).landmarks }, square: moveSquare(back, firstSquare(again.face)) }
  }
  return best ?? { face, square: firstSquare(face) }
}
