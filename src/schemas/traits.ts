import { Type } from '@sinclair/typebox'
import { roundTo } from '../math/rounding.ts'
import { type Trait, TRAITS } from '../names.ts'
import type { Expression, Quality, QualityComponents, Traits } from '../pipelines/contract.ts'
import { levelOf, type RecognitionLevel } from '../pipelines/native/quality/recognisability.ts'
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

/** The components of quality, by the names of ISO/IEC 29794-5's reference implementation, and what each says. */
const COMPONENTS = {
  sharpness: ['sharpness', 'Detail of the face at the size that recognisers see.'],
  under_exposure_prevention: ['underExposurePrevention', 'How little of the face is black.'],
  over_exposure_prevention: ['overExposurePrevention', 'How little of the face is white.'],
  dynamic_range: ['dynamicRange', 'Entropy of the luminance.'],
  inter_eye_distance: ['interEyeDistance', 'Pixels between the eyes: 50 at 70.'],
  head_pose_yaw: ['headPoseYaw', 'Squared cosine of the yaw.'],
  head_pose_pitch: ['headPosePitch', 'Squared cosine of the pitch.'],
  head_pose_roll: ['headPoseRoll', 'Squared cosine of the roll.'],
  expression_neutrality: ['expressionNeutrality', 'How little the face expresses.'],
  eyes_open: ['eyesOpen', 'By the eye that is less open.'],
  mouth_closed: ['mouthClosed', 'By the opening between the lips.'],
  leftward_crop_of_the_face_image: ['leftwardCropOfTheFaceImage', 'Room between the eyes and the left edge of the picture.'],
  rightward_crop_of_the_face_image: ['rightwardCropOfTheFaceImage', 'Room between the eyes and the right edge.'],
  margin_above_of_the_face_image: ['marginAboveOfTheFaceImage', 'Room between the eyes and the upper edge.'],
  margin_below_of_the_face_image: ['marginBelowOfTheFaceImage', 'Room between the eyes and the lower edge.'],
  single_face_present: ['singleFacePresent', 'How much larger the face is than the largest other one: 100 where it is alone.']
} as const satisfies Readonly<Record<string, readonly [keyof QualityComponents, string]>>

type ComponentName = keyof typeof COMPONENTS

const mapComponents = <Value>(value: (key: keyof QualityComponents, description: string) => Value) =>
  Object.fromEntries(Object.entries(COMPONENTS).map(([name, [key, description]]) => [name, value(key, description)])) as Record<ComponentName, Value>

const QualitySchema = Type.Object({
  ...mapComponents((_, description) => Type.Integer({ minimum: 0, maximum: 100, description })),
  recognition: oneOf<RecognitionLevel>(['low', 'medium', 'high'], { title: 'RecognitionLevel', description: 'How well the person can be known by this face, as measured; with the embedding where the answer has one.' })
}, { title: 'FaceQuality', description: 'How good the picture of the face is, by ISO/IEC 29794-5: 0 to 100 each, higher is better.' })

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
  }, { title: 'FaceExpression' })),
  quality: Type.Optional(QualitySchema)
}

/** Maps the quality of a face to a response. */
export const asQuality = ({ components, recognisability }: Quality) =>
  ({ ...mapComponents((key) => components[key]), recognition: levelOf(recognisability) })

/** Maps a face to the fields that tell the further facts about it; its liveness has fields of its own, see `livenessOf`. */
export const traitsOfFace = ({ mesh, pose, expression, quality }: Traits) => ({
  // Its numbers become text only when that is written: see `jsonParts`.
  ...(mesh && { mesh: new NumberRows(mesh.points, 3) as unknown as Point3[] }),
  ...(pose && { pose: { yaw: roundTo(pose.yaw, 1), pitch: roundTo(pose.pitch, 1), roll: roundTo(pose.roll, 1) } }),
  ...(expression && { expression: { eyes: expression.eyes, mouth_open: expression.mouthOpen, smile: expression.smile, gaze: expression.gaze } }),
  ...(quality && { quality: asQuality(quality) })
})

export const POSE_EXAMPLE = { yaw: -4.2, pitch: 7.9, roll: 1.3 }
export const EXPRESSION_EXAMPLE = { eyes: 'open', mouth_open: false, smile: true, gaze: 'ahead' }
