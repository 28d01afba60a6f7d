import t from 'tap'
import { confidence } from '../../src/match/probability.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
import { ABSENT, spelling } from '../build.ts'
import { deferred } from '../fixtures/deferred.ts'
import { poster } from './poster.ts'

const { thresholds, probability } = calibrationOf(recogniserNamed('SFace'), 'mesh')
const one = Array.from({ length: 128 }, (_, i) => i === 0 ? 1 : 0)

t.test('POST /api/v1/verify', async (t) => {
  const post = await poster(t, 'verify')
  const area = { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60] }

  t.test('the same person, and another', async (t) => {
    const { time, ...same } = await post({ img1: 'data:,a', img2: 'data:,a' })
    t.strictSame(same, {
      status: 200,
      success: true,
      verified: true,
      distance: 0,
      threshold: thresholds.cosine,
      confidence: confidence(probability, 1),
      model: 'SFace',
      detector_backend: 'yunet',
      similarity_metric: 'cosine',
      pipeline: 'native',
      facial_areas: { img1: area, img2: area }
    })
    t.ok(time >= 0)
    t.match(await post({ img1: 'data:,a', img2: 'data:,b' }), { verified: false, distance: 1, confidence: confidence(probability, 0) })
  })

  t.test('the closest pair of two groups decides', async (t) => {
    t.match(await post({ img1: 'data:,ab', img2: 'data:,b' }), { verified: true, distance: 0, facial_areas: { img1: { ...area, x: 11, w: 99 }, img2: area } })
  })

  t.test('every metric has its threshold, and distance ≤ threshold is the same person', async (t) => {
    for (const [metric, threshold] of Object.entries(thresholds)) {
      t.match(await post({ img1: 'data:,a', img2: 'data:,a', distance_metric: metric }), { distance: 0, threshold, verified: true, similarity_metric: metric })
    }
    t.match(await post({ img1: 'data:,a', img2: 'data:,b', threshold: 1 }), { distance: 1, threshold: 1, verified: true })
    t.match(await post({ img1: 'data:,a', img2: 'data:,b', threshold: 0.99 }), { verified: false })
  })

  t.test('an embedding stands for a face', async (t) => {
    t.match(await post({ img1: one, img2: 'data:,a' }), { verified: true, distance: 0, facial_areas: { img1: null, img2: area } })
    t.match(await post({ img1: one, img2: one.map((x) => -x) }), { verified: false, distance: 2, facial_areas: { img1: null, img2: null } })
    for (const metric of Object.keys(thresholds)) {
      const zeros = one.map(() => 0)
      t.match(await post({ img1: zeros, img2: zeros.map(() => -0), distance_metric: metric }), { status: 422, details: { fields: [{ field: 'img1', msg: /all zeros/ }, { field: 'img2', msg: /all zeros/ }] } }, `zero vectors have no ${metric} distance`)
      t.match(await post({ img1: 'data:,a', img2: zeros, distance_metric: metric }), { status: 422 })
    }
    for (const embedding of [one.map(() => 1e308), one.map(() => 1e-308)]) {
      for (const metric of Object.keys(thresholds)) {
        const answer = await post({ img1: embedding, img2: one, distance_metric: metric })
        t.ok(answer.status === 200 && Number.isFinite(answer.distance) && Number.isFinite(answer.confidence), `${embedding[0]} by ${metric} is finite`)
      }
    }
    const wrong = await post({ img1: [1, 2], img2: [...one, 1] })
    t.equal(wrong.status, 422)
    t.match(wrong.details.fields, [{ field: 'img1', msg: /128 values.*has 2/ }, { field: 'img2', msg: /has 129/ }])
    t.match((await post({ img1: ['a'], img2: [] })).details.fields.map(({ field }: { field: string }) => field), ['img1.0', 'img2'])
  })

  t.test('what cannot be answered', async (t) => {
    t.match(await post({ img1: 'data:,a', img2: 'data:,-' }), { status: 422, error_code: 'no_face_detected' })
    t.match(await post({ img1: 'data:,a', img2: 'data:,-', enforce_detection: false }), { status: 200, verified: false })
    t.match(await post({ img1: 'data:,a', img2: 'nothing' }), { status: 400, error_code: 'image_decode_error' })
    t.match(await post({ img1: 'data:,a', img2: 'data:,b', model_name: ABSENT }), { status: 503, error_code: 'model_unavailable', message: new RegExp(ABSENT) })
    t.match(await post({ img1: 'data:,a', img2: 'data:,b', pipeline: 'deepface' }), { status: 503, error_code: 'model_unavailable' })
  })
})

t.test('when one picture is refused, the work on the other one is dropped', async (t) => {
  const dropped = deferred<unknown>()
  const post = await poster(t, 'verify', {
    engine: {
      represent: (image, options, { signal } = {}) => Buffer.from(image).toString() === '-'
        ? spelling.represent(image, options)
        : new Promise((_resolve, reject) => signal!.addEventListener('abort', () => {
          dropped.resolve(signal!.reason)
          reject(signal!.reason)
        }))
    }
  })
  t.match(await post({ img1: 'data:,a', img2: 'data:,-' }), { status: 422, error_code: 'no_face_detected' })
  t.match(await dropped.promise, { code: 'no_face_detected' })
})

t.test('yunet means its successor in the native pipeline, and other detectors have thresholds of their own', async (t) => {
  const asked: unknown[] = []
  const represent: typeof spelling.represent = async (image, options) => { asked.push(options.detector); return await spelling.represent(image, options) }
  const post = await poster(t, 'verify', { engine: { represent } })
  const images = { img1: 'data:,a', img2: 'data:,b' }
  t.match(await post({ ...images, detector_backend: 'yunet' }), { detector_backend: 'yunet', threshold: thresholds.cosine })
  t.match(await post({ ...images, detector_backend: 'yunet-mesh' }), { detector_backend: 'yunet-mesh', threshold: thresholds.cosine })
  t.match(await post({ ...images, detector_backend: 'retinaface' }), { threshold: calibrationOf(recogniserNamed('SFace'), 'detector').thresholds.cosine })
  t.strictSame(asked, ['yunet-mesh', 'yunet-mesh', 'yunet-mesh', 'yunet-mesh', 'retinaface', 'retinaface'])
})
