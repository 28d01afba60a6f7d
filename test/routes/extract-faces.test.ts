import t from 'tap'
import { poster } from './poster.ts'

t.test('POST /api/v1/extract_faces', async (t) => {
  const post = await poster(t, 'extract_faces')
  const png = (text: string) => `data:image/png;base64,${Buffer.from(text).toString('base64')}`
  const face = {
    face_base64: png('colour'),
    facial_area: { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60], nose: [55, 85], mouth_left: [75, 111], mouth_right: [35, 110] },
    confidence: 0.99
  }

  t.strictSame(await post({ img: 'data:,a' }), { status: 200, success: true, faces_found: 1, result: [face] })
  t.strictSame((await post({ img: 'data:,a', grayscale: true })).result, [{ ...face, face_base64: png('grey') }])
  t.equal((await post({ img: 'data:,ab' })).faces_found, 2)
  t.match(await post({ img: 'data:,-' }), { status: 422, error_code: 'no_face_detected' })
  t.match(await post({ img: 'data:,a', model_name: 'SFace' }), { status: 422, details: { fields: [{ field: 'model_name' }] } }, 'has no recogniser')
})

t.test('a detector without landmarks leaves them null', async (t) => {
  const box = { x: 0, y: 0, w: 1, h: 1 }
  const extract = async () => [{ box, landmarks: undefined, score: 0, png: Buffer.from('a') }]
  const post = await poster(t, 'extract_faces', { engine: { extract } })
  const { result: [face] } = await post({ img: 'data:,a' })
  t.strictSame(face.facial_area, { ...box, left_eye: null, right_eye: null, nose: null, mouth_left: null, mouth_right: null })
})
