import t from 'tap'
import { compareAntiSpoofing, compareErrors, compareFind, compareRepresent, compareVerify, type Post } from '../../../tools/parity/answers.ts'
import { requestOf } from '../../../tools/parity/bad-input.ts'
import type { FindRecord, FindRow, RepresentVariant, VerifyVariant } from '../../../tools/parity/records.ts'

const area = { x: 1, y: 2, w: 3, h: 4, left_eye: [3, 3], right_eye: null } as const
const answering = (body: object): Post => async () => ({ status: 200, body: { success: true, ...body } })
const failing = (code: string): Post => async () => ({ status: 400, body: { success: false, error_code: code } })

t.test('verify', async (t) => {
  const result = { verified: true, distance: 0.25, threshold: 0.5, confidence: 90, facial_areas: { img1: area, img2: { x: null } } } as const
  const record: VerifyVariant = { img1: 'a.jpg', img2: [1, 2], model: 'SFace', kwargs: { align: false }, result }
  const answer = { ...result, facial_areas: { img1: area, img2: null } }
  t.match(await compareVerify([record], answering(answer)), { calls: 1, alike: 1, leftOut: 0, distance: 0, confidence: 0, differing: [] })
  for (const differing of [
    { verified: false },
    { threshold: 0.6 },
    { facial_areas: { img1: null, img2: null } },
    { facial_areas: { img1: { ...area, left_eye: null }, img2: null } }
  ]) {
    const found = await compareVerify([record], answering({ ...answer, ...differing }))
    t.match(found, { alike: 0, differing: ['verify a.jpg embedding of 2 SFace {"align":false}'] }, JSON.stringify(differing))
  }
  t.match(await compareVerify([record], answering({ ...answer, distance: 0.5, confidence: 80 })), { distance: 0.25, confidence: 10 })
  t.match(await compareVerify([record], failing('no_face_detected')), { calls: 1, alike: 0 })
  t.match(await compareVerify([{ ...record, result: undefined }], failing('no_face_detected')), { alike: 1 })
  t.match(await compareVerify([record], failing('model_unavailable')), { calls: 0, leftOut: 1 })
  t.match(await compareVerify([{ ...record, kwargs: { silent: true } }], answering(answer)), { calls: 0, leftOut: 1 }, 'an argument that requests do not have')
  await t.rejects(compareVerify([record], failing('internal_error')))
})

t.test('represent', async (t) => {
  const face = { facial_area: area, face_confidence: 0.9, norm: 5, embedding: [3, 4] }
  const record: RepresentVariant = { image: 'a.jpg', model: 'SFace', kwargs: {}, faces: [face] }
  t.match(await compareRepresent([record], answering({ result: [face] })), { alike: 1, cosine: 1 })
  t.match(await compareRepresent([record], answering({ result: [{ ...face, embedding: [4, 3] }] })), { cosine: 0.96 })
  t.match(await compareRepresent([record], answering({ result: [{ ...face, embedding: [6, 8] }] })), { cosine: -1 }, 'of another length')
  t.match(await compareRepresent([record], answering({ result: [] })), { alike: 0 })
  t.match(await compareRepresent([record], answering({ result: [{ ...face, facial_area: { ...area, x: 9 } }] })), { alike: 0 })
  const asked: object[] = []
  const { image: _, ...list } = { ...record, images: ['a.jpg', 'b.jpg'], kwargs: { return_face: true }, faces: [face, face] }
  const post: Post = async (path, body) => {
    asked.push(body)
    return await answering({ result: [face] })(path, body)
  }
  t.match(await compareRepresent([list], post), { alike: 1, cosine: 1 })
  t.match(asked, [{ img: 'a.jpg' }, { img: 'b.jpg' }], 'a list is asked image by image')
  t.notOk(asked.some((body) => 'return_face' in body))
})

t.test('anti-spoofing', async (t) => {
  const face = { facial_area: area, is_real: true, antispoof_score: 0.9 }
  const record = { image: 'a.jpg', detector: 'yunet', align: true, faces: [face] }
  t.match(await compareAntiSpoofing([record], answering({ result: [{ ...face, antispoof_score: 0.905 }] })), { calls: 1, alike: 1 })
  for (const result of [[], [{ ...face, is_real: false }], [{ ...face, antispoof_score: 0.88 }], [{ ...face, facial_area: { ...area, x: 9 } }]]) {
    t.match(await compareAntiSpoofing([record], answering({ result })), { alike: 0, differing: ['extract_faces a.jpg yunet align, anti_spoofing'] })
  }
  const { faces: _, ...none } = record
  t.match(await compareAntiSpoofing([none, record], failing('no_face_detected')), { calls: 2, alike: 1 })
})

t.test('find', async (t) => {
  const row: FindRow = {
    identity: 'b.jpg',
    threshold: 0.5,
    distance: 0.25,
    confidence: 90,
    source_x: 1,
    source_y: 2,
    source_w: 3,
    source_h: 4,
    target_x: 1,
    target_y: 2,
    target_w: 3,
    target_h: 4
  }
  const record: FindRecord = { db: 'even', query: 'a.jpg', model: 'SFace', detector: 'opencv', metric: 'cosine', variant: 'default', kwargs: { batched: true }, faces: [{ rows: [row] }] }
  const of = (...rows: FindRow[]): Post => async (path, body, db) => {
    t.strictSame([path, db, 'batched' in body], ['find', 'even', false])
    return { status: 200, body: { success: true, result: [rows] } }
  }
  t.match(await compareFind([record], of({ ...row, identity: '/x/y/b.jpg', distance: 0.375 })), { alike: 1, distance: 0.125, confidence: 0 })
  t.match(await compareFind([record], of()), { alike: 0, distance: NaN })
  t.match(await compareFind([record], of({ ...row, identity: 'c.jpg' })), { alike: 0 })
  t.match(await compareFind([record], of({ ...row, target_w: 9 })), { alike: 0 })
})

t.test('bad input', async (t) => {
  const records = [{ case: 'represent unknown model', error: { class: 'UnimplementedError' } }, { case: 'extract_faces StringIO', error: { class: 'DataTypeError' } }]
  t.match(await compareErrors(records, failing('validation_error')), { calls: 1, alike: 1, leftOut: 1 })
  t.match(await compareErrors(records, answering({})), { alike: 0, differing: ['represent unknown model'] })
  t.strictSame(requestOf('find missing db'), { path: 'find', body: { model_name: 'SFace', detector_backend: 'opencv', img: 'img5.jpg' }, db: 'nope' })
})
