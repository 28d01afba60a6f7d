import { copyFile, mkdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import t from 'tap'
import type { FindRecord } from '../tools/parity/records.ts'
import { missingWeights } from './detectors.ts'
import { golden, missing } from './golden.ts'
import { buildReal } from './real.ts'
import { sharedPath } from './shared.ts'

t.test('the deepface pipeline over HTTP', { skip: missing || missingWeights('opencv') }, async (t) => {
  const database = t.testdir({ someone: {} })
  await mkdir(join(database, 'someone'), { recursive: true })
  await copyFile(sharedPath('faces/deepface/dataset/target.jpg'), join(database, 'someone/target.jpg'))
  const variables = { DEFAULT_PIPELINE: 'deepface', DEFAULT_DETECTOR: 'opencv', WORKERS: '1', MODELS_MIRROR: sharedPath('weights'), IMAGES_ROOT: sharedPath('faces/deepface'), FACES_DB_PATH: database }
  const service = await buildReal(t, variables)
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const post = async (path: string, body: object) => (await service.app.inject({ method: 'POST', url: `/api/v1/${path}`, payload: body })).json()

  t.test('verify', async (t) => {
    const { pairs } = golden<{ pairs: any[] }>('verify.json')
    const { metrics: { cosine: { distance, confidence, threshold, verified } }, facial_areas: areas } = pairs.find((pair) => pair.model === 'SFace' && pair.detector === 'opencv' && pair.img1 === 'img5.jpg' && pair.img2 === 'img6.jpg')
    const answer = await post('verify', { img1: 'img5.jpg', img2: 'img6.jpg' })
    t.match(answer, { threshold, verified, facial_areas: areas, pipeline: 'deepface' })
    t.ok(Math.abs(answer.distance - distance) < 1e-5 && Math.abs(answer.confidence - confidence) < 0.05)
    t.equal((await post('verify', { img1: 'img5.jpg', img2: 'img5.jpg', threshold: 0 })).threshold, threshold, 'a threshold of 0 is none')
  })

  t.test('find, whose query has red for blue', async (t) => {
    const { records } = golden<{ records: FindRecord[] }>('find.json')
    const { faces: [face] } = records.find((record) => record.db === 'dataset' && record.query === 'img5.jpg' && record.detector === 'opencv' && record.metric === 'cosine' && record.variant === 'default')!
    const [recorded] = face!.rows
    const { result: [[row]] } = await post('find', { img: 'img5.jpg' })
    const { identity, distance, confidence, hash, ...rest } = row
    t.equal(basename(identity), recorded!.identity)
    t.ok(Math.abs(distance - recorded!.distance) < 1e-5)
    t.match(recorded, rest)
  })

  t.test('represent, with the box of skip turned over', async (t) => {
    const { result: [{ facial_area: area, face_confidence: confidence }] } = await post('represent', { img: 'img5.jpg', detector_backend: 'skip' })
    t.strictSame([area, confidence], [{ x: 0, y: 0, w: 512, h: 330, left_eye: null, right_eye: null }, 0])
  })
})
