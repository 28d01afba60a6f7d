import { Type } from '@sinclair/typebox'
import { roundTo } from '../math/rounding.ts'
import { type Trait, TRAITS } from '../names.ts'
import type { Expression, Traits } from '../pipelines/contract.ts'
import { NumberRows } from '../system/json-parts.ts'
import { oneOf } from './parameters.ts'

/** Field of a request that asks for further facts about each face. */
export const include = Type.Array(oneOf<Trait>(TRAITS, { title: 'Trait' }), {
  // Duplicates are allowed and count once; the bound keeps a hostile list short.
  maxItems: 16,
  default: [],
  description: 'What else to tell about each face, in the native pipeline. Only what is asked is computed. `liveness` tells is_real and antispoof_score, as anti_spoofing "report" does.'
})

const degrees = (description: string) => Type.Number({ description: `Degrees. ${description}` })

type Point3 = [x: number, y: number, z: number]

/**
 * Fields of a face in an answer, each there when it was asked for; for liveness see `livenessFields`. They are missing where the whole picture
 * stands for a face that was not found.
 */
export const traitFields = {
  mesh: Type.Optional(Type.Array(Type.Unsafe<Point3>({ type: 'array', items: { type: 'number' }, minItems: 3, maxItems: 3 }), {
    title: 'FaceMesh', description: '478 points on the surface of the face by MediaPipe\'s numbers: [x, y, z] in pixels of the upright picture, with two decimals; z grows away from the camera. They may lie outside the picture. In application/msgpack: binary, float32, little-endian, unrounded.'
  })),
  pose: Type.Optional(Type.Object({
    yaw: degrees('Positive when the face is turned to the right of the picture.'),
    pitch: degrees('Positive when it looks down.'),
    roll: degrees('Positive when it is tilted anticlockwise in the picture.')
  }, { title: 'FacePose', description: 'Where the head faces.' })),
  expression: Type.Optional(Type.Object({
    eyes: oneOf<Expression['eyes']>(['open', 'closed', 'unknown'], { title: 'EyesState' }),
    mouth_open: Type.Boolean(),
    smile: Type.Boolean(),
    gaze: oneOf<Expression['gaze']>(['left', 'ahead', 'right'], { title: 'Gaze', description: 'Where the eyes look relative to the head, as the viewer sees it.' })
  }, { title: 'FaceExpression' }))
}

/** Maps a face to the fields that tell the further facts about it; its liveness has fields of its own, see `livenessOf`. */
export const traitsOfFace = ({ mesh, pose, expression }: Traits) => ({
  // Its numbers become text only when that is written: see `jsonParts`.
  ...(mesh && { mesh: new NumberRows(mesh.points, 3) as unknown as Point3[] }),
  ...(pose && { pose: { yaw: roundTo(pose.yaw, 1), pitch: roundTo(pose.pitch, 1), roll: roundTo(pose.roll, 1) } }),
  ...(expression && { expression: { eyes: expression.eyes, mouth_open: expression.mouthOpen, smile: expression.smile, gaze: expression.gaze } })
})

export const POSE_EXAMPLE = { yaw: -4.2, pitch: 7.9, roll: 1.3 }
export const EXPRESSION_EXAMPLE = { eyes: 'open', mouth_open: false, smile: true, gaze: 'ahead' }
