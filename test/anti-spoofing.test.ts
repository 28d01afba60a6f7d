import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { env } from 'node:process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { graphPath, recordPath } from '../src/model-store/store-layout.ts'
import { cardNamed } from '../src/models/catalogue.ts'
import { missingWeights } from './detectors.ts'
import { golden, missing } from './golden.ts'
import { buildReal } from './real.ts'

interface Call {
  readonly image: string
  readonly detector: 'opencv' | 'yunet'
  readonly align: boolean
  /** Absent when DeepFace finds none. */
  readonly faces?: ReadonlyArray<{
    readonly facial_area: { readonly x: number, readonly y: number, readonly w: number, readonly h: number }
    readonly is_real: boolean
    readonly antispoof_score: number
  }>
}

const shared = (path: string): string => fileURLToPath(new URL(`../../shared/${path}`, import.meta.url))
const PIPELINES = ['native', 'deepface'] as const

/** Two prints and a person, which all detectors and both networks recognise with certainty. */
const [PRINT, OTHER_PRINT, PERSON] = ['spoof/image_F1.jpg', 'spoof/image_F2.jpg', 'spoof/image_T1.jpg'] as const
const REFUSED = { status: 422, success: false, error_code: 'spoof_detected' }

/** Copies existing graphs into a folder of models, and DeepFace's emotion weights by formula, whose results mean nothing. */
function fill (folder: string): void {
  const from = env['MODELS_PATH'] ?? 'onnx-models'
  for (const card of [cardNamed('SFace'), cardNamed('emotion')]) {
    for (const place of [graphPath, recordPath]) if (existsSync(place(from, card))) copyFileSync(place(from, card), place(folder, card))
  }
  copyFileSync(shared('keras/h5/Emotion.h5'), join(folder, 'facial_expression_model_weights.h5'))
}

const skip = missing || missingWeights('yunet', 'opencv') ||
  (!existsSync(shared('weights/minifasnet')) && 'the weights of MiniFASNet (../shared/weights) are not here')

t.test('anti_spoofing over HTTP, on real photos', { skip }, async (t) => {
  const folder = t.testdir({ models: {}, people: { someone: {}, nobody: {} } })
  const [models, people] = [join(folder, 'models'), join(folder, 'people')]
  fill(models)
  copyFileSync(shared(`faces/${PERSON}`), join(people, 'someone/1.jpg'))
  copyFileSync(shared(`faces/${PRINT}`), join(people, 'nobody/1.jpg'))
  const service = await buildReal(t, {
    MODELS_PATH: models,
    MODELS_MIRROR: shared('weights'),
    IMAGES_ROOT: shared('faces'),
    FACES_DB_PATH: people,
    COLLECTIONS_URL: `sqlite:${join(folder, 'visage.db')}`,
    DEFAULT_DETECTOR: 'yunet',
    PRELOAD_MODELS: 'SFace,yunet,MiniFASNet',
    WORKERS: '1',
    REQUEST_TIMEOUT_MS: '250000',
    LOG_LEVEL: 'silent'
  })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const post = async (path: string, body: object): Promise<any> => {
    const payload = { ...path.startsWith('collections') ? {} : { anti_spoofing: true }, ...body }
    const response = await service.app.inject({ method: 'POST', url: `/api/v1/${path}`, payload })
    return { status: response.statusCode, ...response.json() }
  }

  t.test('extract_faces reports whether each face is real, in the deepface pipeline with DeepFace’s score', async (t) => {
    // Haar cascades take seconds for larger photos, which `npm run tool -- parity` compares.
    const calls = golden<Call[]>('antispoof.json').filter(({ image, detector }) =>
      detector === 'yunet' || image.startsWith('../spoof/') || image === 'img5.jpg')
    t.equal(calls.length, 18 + 8)
    for (const { image, detector, align, faces } of calls) {
      const img = image.startsWith('../') ? image.slice(3) : `deepface/${image}`
      const { result, error_code: error } = await post('extract_faces', { img, detector_backend: detector, align, pipeline: 'deepface' })
      const title = `${image} ${detector} ${align ? 'aligned' : 'as it is'}`
      t.equal(error, faces ? undefined : 'no_face_detected', title)
      t.equal(result?.length, faces?.length, title)
      for (const [i, { is_real: isReal, antispoof_score: score, facial_area: { x, y, w, h } }] of (faces ?? []).entries()) {
        t.match(result[i], { is_real: isReal, facial_area: { x, y, w, h } }, title)
        t.ok(Math.abs(result[i].antispoof_score - score) <= 0.01, `${title}: ${result[i].antispoof_score} instead of ${score}`)
      }
    }
    for (const [img, isReal] of [[PRINT, false], [OTHER_PRINT, false], [PERSON, true]] as const) {
      const { result } = await post('extract_faces', { img, pipeline: 'native' })
      t.match(result, [{ is_real: isReal }], `${img}, native`)
      t.ok(result[0].antispoof_score > 0.5 && result[0].antispoof_score <= 1)
    }
    const { result: [face] } = await post('extract_faces', { img: PRINT, anti_spoofing: false })
    t.notOk('is_real' in face || 'antispoof_score' in face, 'without anti_spoofing the fields are absent')
  })

  for (const pipeline of PIPELINES) {
    t.test(`represent, analyze, verify and find refuse a print in the ${pipeline} pipeline, and accept a person`, async (t) => {
      const requests: Record<string, (img: string) => object> = {
        represent: (img) => ({ img }),
        analyze: (img) => ({ img, actions: ['emotion'] }),
        verify: (img) => ({ img1: PERSON, img2: img }),
        find: (img) => ({ img })
      }
      for (const [path, body] of Object.entries(requests)) {
        t.match(await post(path, { ...body(PERSON), pipeline }), { status: 200, success: true }, `${path} of a person`)
        for (const print of [PRINT, OTHER_PRINT]) {
          t.match(await post(path, { ...body(print), pipeline }), REFUSED, `${path} of ${print}`)
        }
        t.match(await post(path, { ...body(PRINT), pipeline, anti_spoofing: false }), { status: 200 }, `${path} without anti_spoofing`)
      }
      t.match(await post('verify', { img1: PRINT, img2: PERSON, pipeline }), REFUSED, 'the first picture of verify')
    })

    t.test(`find checks the query in the ${pipeline} pipeline, not the photos of the database`, async (t) => {
      const { result, warnings } = await post('find', { img: PERSON, pipeline, similarity_search: true })
      t.strictSame(result[0].map(({ identity }: any) => identity).sort(), [join(people, 'nobody/1.jpg'), join(people, 'someone/1.jpg')])
      t.strictSame(warnings, [])
    })
  }

  t.test('collections refuse prints, for enrolment and for search', async (t) => {
    t.match(await post('collections', { id: 'staff' }), { success: true })
    const enrol = { imgs: [PRINT, PERSON], quality_check: false, anti_spoofing: true }
    t.match(await post('collections/staff/subjects/ann/faces', enrol), {
      enrolled: 1, refused: 1, result: [{ enrolled: false, reason: 'spoof_detected' }, { enrolled: true }]
    })
    t.match(await post('collections/staff/search', { img: OTHER_PRINT, anti_spoofing: true }), REFUSED)
    t.match(await post('collections/staff/search', { img: PERSON, anti_spoofing: true }), { status: 200 })
  })

  const REAL = { is_real: true, antispoof_score: Number }
  const FALSE = { is_real: false, antispoof_score: Number }
  const report = (path: string, body: object) => post(path, { anti_spoofing: 'report', ...body })

  for (const pipeline of PIPELINES) {
    t.test(`with "report" represent, analyze, find and extract_faces answer for a print and a person, ${pipeline}`, async (t) => {
      const paths = { represent: {}, analyze: { actions: ['emotion'] }, extract_faces: {} }
      for (const [path, body] of Object.entries(paths)) {
        const { result: [said] } = await post('extract_faces', { img: PRINT, pipeline })
        for (const [img, liveness] of [[PRINT, { is_real: false, antispoof_score: said.antispoof_score }], [PERSON, REAL]] as const) {
          t.match(await report(path, { img, pipeline, ...body }), { status: 200, result: [liveness] }, `${path} of ${img}`)
        }
        for (const asked of path === 'extract_faces' ? [false] : [true, false]) {
          const { result: [face] } = await post(path, { img: PERSON, pipeline, ...body, anti_spoofing: asked })
          t.notOk('is_real' in face || 'antispoof_score' in face, `${path} tells it only when asked to report`)
        }
      }
      for (const [img, liveness] of [[PRINT, FALSE], [PERSON, REAL]] as const) {
        const found = await report('find', { img, pipeline })
        t.match(found, { status: 200, liveness: [liveness] }, `find of ${img}`)
        t.equal(found.liveness.length, found.result.length)
      }
      t.notOk('liveness' in await post('find', { img: PERSON, pipeline }))
    })

    t.test(`with "report" verify answers for both pictures, and a print verifies nobody, ${pipeline}`, async (t) => {
      for (const [img1, img2] of [[PRINT, PRINT], [PRINT, PERSON], [PERSON, OTHER_PRINT]] as const) {
        const [whole, plain] = [await report('verify', { img1, img2, pipeline }), await post('verify', { img1, img2, pipeline, anti_spoofing: false })]
        const liveness = (img: string) => img === PERSON ? REAL : FALSE
        t.match(whole, { status: 200, verified: false, distance: plain.distance, liveness: { img1: liveness(img1), img2: liveness(img2) }, reason: 'spoof_detected' })
        t.match(whole.message, { [PRINT]: img2 === PRINT ? /faces of img1 and img2 are/ : /face of img1 is/, [PERSON]: /face of img2 is/ }[img1])
        t.notOk('liveness' in plain || 'reason' in plain)
      }
      t.match(await post('verify', { img1: PRINT, img2: PRINT, pipeline, anti_spoofing: false }), { verified: true }, 'but for the print they are alike')
      const alike = await report('verify', { img1: PERSON, img2: PERSON, pipeline })
      t.match(alike, { status: 200, verified: true, liveness: { img1: REAL, img2: REAL } })
      t.notOk('reason' in alike || 'message' in alike)
      const { result: [{ embedding }] } = await post('represent', { img: PERSON, pipeline })
      t.match(await report('verify', { img1: embedding, img2: PERSON, pipeline }), { status: 200, verified: true, liveness: { img1: null, img2: REAL } })
    })

    t.test(`with "report" a picture without a detector is reported as a whole, ${pipeline}`, async (t) => {
      for (const path of ['represent', 'extract_faces']) {
        t.match(await report(path, { img: PERSON, pipeline, detector_backend: 'skip' }), { status: 200, result: [{ is_real: Boolean, antispoof_score: Number }] }, path)
      }
    })
  }

  t.test('with "report" collections answer for each face and refuse none', async (t) => {
    const enrol = { imgs: [PRINT, PERSON], quality_check: false }
    t.match(await report('collections/staff/subjects/bob/faces', enrol), {
      enrolled: 2, refused: 0, result: [{ enrolled: true, ...FALSE }, { enrolled: true, ...REAL }]
    })
    t.match(await report('collections/staff/search', { img: PRINT }), { status: 200, result: [{ matches: [{ subject: 'bob' }], ...FALSE }] })
    t.match(await report('collections/staff/search', { img: PERSON }), { status: 200, result: [REAL] })
    const verify = 'collections/staff/subjects/bob/verify'
    t.match(await report(verify, { img: PRINT }), { status: 200, verified: false, ...FALSE, reason: 'spoof_detected', message: /face of img is/ })
    t.match(await report(verify, { img: PERSON }), { status: 200, verified: true, ...REAL })
    t.match(await post(verify, { img: PRINT, anti_spoofing: false }), { status: 200, verified: true })
  })

  t.test('a form asks for the report as text', async (t) => {
    const form = new FormData()
    form.set('img', new Blob([readFileSync(shared(`faces/${PRINT}`))]), 'print.jpg')
    form.set('anti_spoofing', 'report')
    const response = await fetch(`${service.origin}/api/v1/represent`, { method: 'POST', body: form })
    t.equal(response.status, 200)
    t.match(await response.json(), { result: [FALSE] })
    form.set('anti_spoofing', 'reports')
    t.equal((await fetch(`${service.origin}/api/v1/represent`, { method: 'POST', body: form })).status, 422)
    t.match(await post('represent', { img: PRINT, anti_spoofing: 'reports' }), {
      status: 422, details: { fields: [{ field: 'anti_spoofing', msg: 'must be one of true, false, report' }] }
    })
  })

  t.test('DeepFace’s own paths report too', async (t) => {
    const ask = async (path: string, body: object): Promise<any> => {
      const payload = { model_name: 'SFace', detector_backend: 'yunet', anti_spoofing: 'report', ...body }
      const response = await service.app.inject({ method: 'POST', url: `/${path}`, payload })
      return { status: response.statusCode, ...response.json() }
    }
    t.match(await ask('represent', { img: PRINT }), { status: 200, results: [FALSE] })
    t.match(await ask('represent', { img: [PRINT, PERSON] }), { status: 200, results: [[FALSE], [REAL]] })
    t.match(await ask('analyze', { img: PERSON, actions: ['emotion'] }), { status: 200, results: [REAL] })
    t.match(await ask('verify', { img1: PRINT, img2: PRINT }), { status: 200, verified: false, liveness: { img1: FALSE, img2: FALSE }, reason: 'spoof_detected' })
    t.match(await ask('register', { img: PRINT, img_name: 'ann.jpg' }), { status: 200, inserted: 1, liveness: [FALSE] })
    t.match(await ask('register', { img: PRINT, img_name: 'ann.jpg' }), { status: 200, inserted: 0, liveness: [FALSE] })
    t.match(await ask('search', { img: PERSON }), { status: 200, results: [Array], liveness: [REAL] })
    t.match(await ask('represent', { img: PRINT, anti_spoofing: 'yes' }), { status: 422, error_code: 'spoof_detected' })
  })
})
