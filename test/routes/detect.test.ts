import { decode } from '@msgpack/msgpack'
import t from 'tap'
import { build } from '../build.ts'
import { poster } from './poster.ts'

const area = { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60], nose: [55, 85], mouth_left: [75, 111], mouth_right: [35, 110] }
const face = { facial_area: area, confidence: 0.99 }

t.test('POST /api/v1/detect', async (t) => {
  const post = await poster(t, 'detect')
  t.strictSame(await post({ img: 'data:,a' }), { status: 200, success: true, count: 1, result: [face] })
  t.equal((await post({ img: 'data:,ab' })).count, 2)
  t.equal((await post({ img: 'data:,ab', max_faces: 1 })).count, 1)
  t.strictSame(await post({ img: 'data:,-' }), { status: 200, success: true, count: 0, result: [] }, 'no face is an answer')
  t.match(await post({ img: 'data:,-', enforce_detection: true }), { status: 422, error_code: 'no_face_detected' })
})

const traits = {
  mesh: { mesh: [[0, 0.33, 0.67], [1, 1.33, 1.67]] },
  pose: { pose: { yaw: 1.3, pitch: -2, roll: 0 } },
  expression: { expression: { eyes: 'open', mouth_open: false, smile: true, gaze: 'left' } },
  quality: {
    quality: {
      sharpness: 90,
      under_exposure_prevention: 99,
      over_exposure_prevention: 98,
      dynamic_range: 80,
      inter_eye_distance: 70,
      head_pose_yaw: 97,
      head_pose_pitch: 96,
      head_pose_roll: 95,
      expression_neutrality: 60,
      eyes_open: 94,
      mouth_closed: 93,
      leftward_crop_of_the_face_image: 92,
      rightward_crop_of_the_face_image: 91,
      margin_above_of_the_face_image: 89,
      margin_below_of_the_face_image: 88,
      single_face_present: 100,
      recognition: 'medium'
    }
  },
  liveness: { is_real: true, antispoof_score: 0.9 }
}
const include = Object.keys(traits)
const all = Object.assign({}, ...Object.values(traits))

t.test('include', async (t) => {
  const post = await poster(t, 'detect')
  for (const [name, fields] of Object.entries(traits)) {
    t.strictSame((await post({ img: 'data:,a', include: [name, name] })).result, [{ ...face, ...fields }], name)
  }
  t.strictSame((await post({ img: 'data:,a', include })).result, [{ ...face, ...all }])
})

t.test('include elsewhere', async (t) => {
  for (const path of ['represent', 'extract_faces', 'analyze']) {
    const post = await poster(t, path)
    const { result: [plain] } = await post({ img: 'data:,a' })
    t.notOk(Object.keys(all).some((name) => name in plain), path)
    t.strictSame((await post({ img: 'data:,a', include })).result, [{ ...plain, ...all }], path)
    t.match(await post({ img: 'data:,a', include: ['beauty'] }), { status: 422, details: { fields: [{ field: 'include.0' }] } }, path)
  }
})

t.test('a mesh in MessagePack is binary', async (t) => {
  const app = await build(t)
  const { rawPayload } = await app.inject({ method: 'POST', url: '/api/v1/represent', payload: { img: 'data:,a', include: ['mesh', 'pose'] }, headers: { accept: 'application/msgpack' } })
  const { result: [{ mesh, pose }] } = decode(rawPayload) as any
  t.strictSame(pose, traits.pose.pose)
  t.equal(mesh.length, 6 * 4)
  t.equal(new DataView(mesh.buffer, mesh.byteOffset).getFloat32(5 * 4, true), Math.fround(5 / 3))
})

t.test('what detect refuses', async (t) => {
  const post = await poster(t, 'detect')
  for (const [field, wrong] of Object.entries({
    'include.0': { include: ['beauty'] },
    include: { include: 'pose' },
    min_confidence: { min_confidence: 1.1 },
    pipeline: { pipeline: 'deepface' },
    anti_spoofing: { anti_spoofing: true },
    model_name: { model_name: 'SFace' }
  })) t.match(await post({ img: 'data:,a', ...wrong }), { status: 422, error_code: 'validation_error', details: { fields: [{ field }] } }, field)
  t.match(await post({}), { status: 422, details: { fields: [{ field: 'img' }] } })
})

t.test('a mesh counts in the size of an answer', async (t) => {
  const mesh = { points: new Float32Array(478 * 3).fill(1234.56), presence: 1 }
  const faces = Array.from({ length: 40 }, () => ({ box: { x: 0, y: 0, w: 9, h: 9 }, landmarks: undefined, score: 1, mesh }))
  const post = await poster(t, 'detect', { engine: { detect: async () => faces }, env: { MAX_ANSWER_BYTES: '200000' } })
  t.match(await post({ img: 'data:,a', include: ['mesh'] }), { status: 413, error_code: 'image_too_large' })
})
