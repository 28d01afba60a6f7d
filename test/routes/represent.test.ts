import { decode } from '@msgpack/msgpack'
import t from 'tap'
import { build } from '../build.ts'

t.test('POST /api/v1/represent', async (t) => {
  const app = await build(t)
  const send = (payload: object, accept = '*/*') => app.inject({ method: 'POST', url: '/api/v1/represent', payload, headers: { accept } })
  const post = async (payload: object) => (await send(payload)).json()
  const area = { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60] }
  const embedding = (value: number) => Array.from({ length: 128 }, (_, i) => i === 0 ? value : 0)

  t.test('the embedding of each face, at its own scale or at length 1', async (t) => {
    t.strictSame(await post({ img: 'data:,a' }), {
      success: true, count: 1, model: 'SFace', result: [{ embedding: embedding(2), facial_area: area, face_confidence: 0.99 }]
    })
    t.strictSame((await post({ img: 'data:,a', l2_normalize: true })).result[0].embedding, embedding(1))
    t.strictSame((await post({ img: 'data:,-', enforce_detection: false, l2_normalize: true })).result[0].embedding, embedding(0), 'zero has no length to divide by')
    t.equal((await post({ img: 'data:,ab' })).count, 2)
  })

  t.test('as MessagePack: the same, embeddings as float32', async (t) => {
    const response = await send({ img: 'data:,a' }, 'application/msgpack')
    t.equal(response.headers['content-type'], 'application/msgpack')
    const { result: [{ embedding: bytes, ...face }], ...rest } = decode(response.rawPayload) as any
    t.strictSame({ ...rest, ...face }, { success: true, count: 1, model: 'SFace', facial_area: area, face_confidence: 0.99 })
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    t.strictSame(Array.from({ length: 128 }, (_, i) => view.getFloat32(i * 4, true)), embedding(2))
    t.match((await send({ img: 'data:,-' }, 'application/msgpack')).json(), { error_code: 'no_face_detected' }, 'errors are JSON')
    t.match((await send({ img: 'data:,a' }, 'application/msgpack;q=0.5, application/json')).headers['content-type'], 'application/json')
  })
})
