import t from 'tap'
import { FLAWS, flawOf, turnedBeyond } from '../../../../src/collections/enrol/quality.ts'
import type { Point } from '../../../../src/math/point.ts'
import type { Quality, QualityComponents, Recognisability } from '../../../../src/pipelines/contract.ts'

const MOUTH: readonly Point[] = [[35, 80], [65, 80]]
const FRONT: readonly Point[] = [[30, 40], [70, 40], [50, 60], ...MOUTH]
const face = ({ side = 100, score = 0.99, sharpness = 60, landmarks = FRONT } = {}) =>
  ({ box: { x: 0, y: 0, w: side, h: side }, score, sharpness, landmarks: landmarks as [Point, Point, Point, Point, Point] })

const reasonOf = (faces: Parameters<typeof flawOf>[0]) => flawOf(faces)?.reason

t.test('a photo of one person, seen well, is good enough', async (t) => {
  t.equal(flawOf([face()]), undefined)
})

t.test('people in the background do not count; one whose face has half the area does', async (t) => {
  t.equal(reasonOf([face(), face({ side: 70 }), face({ side: 30 })]), undefined)
  t.equal(reasonOf([face(), face({ side: 30 }), face({ side: 71 })]), 'several_faces')
})

t.test('each flaw is reported', async (t) => {
  t.strictSame(flawOf([]), { reason: 'face_uncertain', message: FLAWS.face_uncertain })
  t.equal(reasonOf([face({ score: 0.6 })]), 'face_uncertain')
  t.equal(reasonOf([face({ side: 47 })]), 'face_too_small')
  t.equal(reasonOf([face({ sharpness: 19 })]), 'face_blurred')
  t.equal(reasonOf([face({ landmarks: [[30, 40], [70, 40], [70, 60], ...MOUTH] })]), 'face_turned')
  t.equal(reasonOf([face({ landmarks: [[40, 30], [40, 70], [20, 50], ...MOUTH] })]), 'face_turned')
})

const measured = (components: Partial<QualityComponents> = {}, recognisability: Partial<Recognisability> = {}, score = 0.99) => {
  const quality: Quality = {
    components: {
      sharpness: 90,
      underExposurePrevention: 0,
      overExposurePrevention: 0,
      dynamicRange: 0,
      interEyeDistance: 8,
      headPoseYaw: 59,
      headPosePitch: 50,
      headPoseRoll: 50,
      expressionNeutrality: 0,
      eyesOpen: 0,
      mouthClosed: 0,
      leftwardCropOfTheFaceImage: 0,
      rightwardCropOfTheFaceImage: 0,
      marginAboveOfTheFaceImage: 0,
      marginBelowOfTheFaceImage: 0,
      singleFacePresent: 30,
      ...components
    },
    recognisability: { yaw: 1, presence: 1, sharpness: 1, interEyeDistance: 1, ...recognisability }
  }
  return { ...face({ score, side: 10, sharpness: 1 }), quality }
}

t.test('where quality was measured it decides, and reasons name its figures', async (t) => {
  t.equal(flawOf([measured()]), undefined)
  for (const [seen, reason, figure] of [
    [measured({ singleFacePresent: 29 }), 'several_faces', 'single_face_present is 29, the least is 30'],
    [measured({ interEyeDistance: 7 }), 'face_too_small', 'inter_eye_distance is 7, the least is 8'],
    [measured({ headPoseYaw: 58 }), 'face_turned', 'head_pose_yaw is 58, the least is 59'],
    [measured({ headPosePitch: 49 }), 'face_turned', 'head_pose_pitch is 49, the least is 50'],
    [measured({ headPoseRoll: 49 }), 'face_turned', 'head_pose_roll is 49, the least is 50'],
    [measured({ sharpness: 39 }), 'face_blurred', 'sharpness is 39, the least is 40'],
    [measured({}, { length: -0.1 }), 'face_unclear', 'recognition is low']
  ] as const) t.strictSame(flawOf([seen]), { reason, message: `${FLAWS[reason]} (${figure})` }, figure)
  t.equal(reasonOf([measured({}, {}, 0.69)]), 'face_uncertain')
})

t.test('a turn beyond the most that is allowed', async (t) => {
  const pose = (yaw: number) => ({ yaw, pitch: 80, roll: 80 })
  t.equal(turnedBeyond(30, pose(-30)), undefined)
  t.strictSame(turnedBeyond(30, pose(-43.4)), { reason: 'face_turned', message: `${FLAWS.face_turned} (its yaw is -43.4°, the most is 30°)` })
  t.match(turnedBeyond(0, pose(0.6)), { reason: 'face_turned' })
})
