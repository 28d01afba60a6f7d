import { type Point3, rotationBetween } from '../../../math/rotation.ts'
import type { Mesh, Pose } from '../../contract.ts'

/**
 * Points of MediaPipe's canonical face by which a head's pose is measured: number, weight, and x, y, z in centimetres, with x to the viewer's
 * right, y up and z to the camera (`geometry_pipeline_metadata_landmarks.binarypb` of face_landmarker.task, float16/1; Apache-2.0).
 */
export const CANONICAL: ReadonlyArray<readonly [index: number, weight: number, place: Point3]> = [
  [4, 0.07090994, [0, -0.46317, 7.58658]],
  [6, 0.03210014, [0, 2.473255, 5.788627]],
  [10, 0.008446551, [0, 8.261778, 4.481535]],
  [33, 0.05872417, [-4.445859, 2.663991, 3.173422]],
  [54, 0.00766708, [-6.279331, 6.615427, 1.42585]],
  [67, 0.009078059, [-3.523964, 8.005976, 3.729163]],
  [117, 0.009791938, [-5.258659, 0.945811, 2.974312]],
  [119, 0.01456537, [-3.300681, 0.861641, 3.872784]],
  [121, 0.01859136, [-1.820731, 1.467954, 4.224124]],
  [127, 0.005197994, [-7.743095, 2.364999, -2.005167]],
  [129, 0.1206252, [-1.785794, -0.978284, 4.85047]],
  [132, 0.005560019, [-7.270895, -2.890917, -2.252455]],
  [133, 0.05328618, [-1.856432, 2.585245, 3.757904]],
  [136, 0.06689046, [-5.085276, -7.17859, 0.714711]],
  [143, 0.01481655, [-6.407571, 2.236021, 1.560843]],
  [147, 0.01426283, [-6.234883, -1.94443, 1.663542]],
  [198, 0.02546219, [-1.246815, 0.230297, 5.681036]],
  [205, 0.04725228, [-3.832928, -1.537326, 4.137731]],
  [263, 0.05872417, [4.445859, 2.663991, 3.173422]],
  [284, 0.00766708, [6.279331, 6.615427, 1.42585]],
  [297, 0.009078059, [3.523964, 8.005976, 3.729163]],
  [346, 0.009791938, [5.258659, 0.945811, 2.974312]],
  [348, 0.01456537, [3.300681, 0.861641, 3.872784]],
  [350, 0.01859136, [1.820731, 1.467954, 4.224124]],
  [356, 0.005197994, [7.743095, 2.364999, -2.005167]],
  [358, 0.1206252, [1.785794, -0.978284, 4.85047]],
  [361, 0.005560019, [7.270895, -2.890917, -2.252455]],
  [362, 0.05328618, [1.856432, 2.585245, 3.757904]],
  [365, 0.06689046, [5.085276, -7.17859, 0.714711]],
  [372, 0.01481655, [6.407571, 2.236021, 1.560843]],
  [376, 0.01426283, [6.234883, -1.94443, 1.663542]],
  [420, 0.02546219, [1.246815, 0.230297, 5.681036]],
  [425, 0.04725228, [3.832928, -1.537326, 4.137731]]
]

const WEIGHTS = CANONICAL.map(([, weight]) => weight)
const PLACES = CANONICAL.map(([, , place]) => place)

const degrees = (radians: number): number => radians * 180 / Math.PI

/**
 * Measures the pose of a head: the rotation that maps the canonical face to the mesh best, as Rz(roll) · Ry(yaw) · Rx(pitch). The camera is
 * taken to be far away, because a crop of a photo does not show where it was; that differs from MediaPipe's own camera by 0.7° of yaw, 1.7° of
 * pitch and 0.4° of roll on average (60 photos of LFW's development set).
 */
export function poseOf ({ points }: Pick<Mesh, 'points'>): Pose {
  const seen = CANONICAL.map(([i]): Point3 => [points[3 * i]!, -points[3 * i + 1]!, -points[3 * i + 2]!])
  const [r00, , , r10, , , r20, r21, r22] = rotationBetween(PLACES, seen, WEIGHTS)
  return {
    yaw: degrees(Math.asin(Math.max(-1, Math.min(1, -r20)))),
    pitch: degrees(Math.atan2(r21, r22)),
    roll: degrees(Math.atan2(r10, r00))
  }
}
