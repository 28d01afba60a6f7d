import t from 'tap'
import type { GroupShifts } from '../../src/match/group-shift.ts'
import { confidence } from '../../src/match/probability.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
import { noFaceDetected } from '../../src/errors.ts'
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
      facial_areas: { img1: area, img2: area },
      verdict: { policy: 'adaptive', reason: 'standard', ages: [null, null], yaws: [null, null] }
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

t.test('the threshold depends on the ages and the poses of the two faces', async (t) => {
  const { young, turned } = recogniserNamed('SFace').groupShifts as Required<GroupShifts>
  const fixed = 1 - thresholds.cosine
  const length = thresholds.euclidean / thresholds.euclidean_l2
  /** Faces by their letters: embeddings in one plane, at these angles' cosines from that of `a`. */
  const faces: Record<string, { cos: number, age: number, yaw?: number }> = {
    a: { cos: 1, age: 8, yaw: 3 },
    c: { cos: fixed + 0.1, age: 9, yaw: -4 },
    d: { cos: fixed + 0.29, age: 9.5, yaw: 0 },
    e: { cos: fixed + 0.1, age: 41, yaw: 0 },
    p: { cos: fixed - 0.03, age: 41, yaw: -50 },
    q: { cos: fixed - 0.03, age: 41, yaw: 10 },
    r: { cos: fixed - 0.03, age: 9, yaw: 50 },
    t: { cos: 0.9, age: 3 }
  }
  const asked: string[] = []
  const represent: typeof spelling.represent = async (image, options) => [...Buffer.from(image).toString()].map((letter, i) => {
    const { cos, yaw } = faces[letter]!
    const embedding = Float32Array.from({ length: 128 }, (_, k) => length * (k === 0 ? cos : k === 1 ? Math.sqrt(1 - cos ** 2) : 0))
    return { box: { x: i, y: 0, w: 10, h: 10 }, landmarks: undefined, score: 1, embedding, ...yaw !== undefined && options.detector === 'yunet-mesh' && { yaw } }
  })
  const ages: typeof spelling.ages = async (image, found) => {
    const letters = Buffer.from(image).toString()
    asked.push(letters)
    return found.map(({ box }) => faces[letters[box.x]!]!.age)
  }
  const verify = async (post: Awaited<ReturnType<typeof poster>>, img1: string, img2: string, more: object = {}) => {
    asked.length = 0
    return await post({ img1: `data:,${img1}`, img2: `data:,${img2}`, ...more })
  }
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6
  const post = await poster(t, 'verify', { engine: { represent, ages } })

  const children = await verify(post, 'a', 'c')
  t.match(children, { verified: false, verdict: { policy: 'adaptive', reason: 'young', ages: [8, 9], yaws: [3, -4] } }, 'children must be more alike')
  t.ok(near(children.threshold, 1 - fixed - (young.below - 9) * young.perYear), `${children.threshold}`)
  t.ok(children.confidence < 50)
  const alike = await verify(post, 'a', 'd')
  t.match(alike, { verified: true, verdict: { reason: 'young', ages: [8, 9.5] } })
  t.match(await verify(post, 'a', 'e'), { verified: true, threshold: thresholds.cosine, verdict: { reason: 'standard', ages: [8, 41] } }, 'the older one counts')
  t.strictSame(asked, ['a', 'e'])
  t.match(await verify(post, 'e', 'a'), { verified: true, verdict: { reason: 'standard', ages: [41, null] } })
  t.strictSame(asked, ['e'], 'one adult is enough')
  t.match(await verify(post, 'a', 't'), { verified: true, verdict: { reason: 'standard', ages: [null, null] } })
  t.strictSame(asked, [], 'nothing is estimated where it changes nothing')

  const profile = await verify(post, 'a', 'p')
  t.match(profile, { verified: true, verdict: { reason: 'turned', yaws: [3, -50] } }, 'a profile beside a frontal photo may be less alike')
  t.ok(near(profile.threshold, 1 - fixed + turned.fall), `${profile.threshold}`)
  t.match(await verify(post, 'a', 'q'), { verified: false, threshold: thresholds.cosine, verdict: { reason: 'standard', ages: [null, null] } }, 'two frontal ones may not')
  t.match(await verify(post, 'a', 'r'), { verified: false, verdict: { reason: 'young' } }, 'nor may those of children')
  t.match(await verify(post, 'a', 'p', { detector_backend: 'retinaface' }), { verified: false, verdict: { yaws: [null, null] } }, 'nor where no mesh tells the yaw')

  t.match(await verify(post, 'a', 'ce'), { verified: true, facial_areas: { img2: { x: 1 } }, verdict: { ages: [8, 41] } }, 'the nearest pair that is accepted decides')
  t.match(await verify(post, 'a', 'cq'), { verified: false, facial_areas: { img2: { x: 0 } }, verdict: { reason: 'young' } }, 'the nearest of all when none is')
  for (const [metric, threshold] of Object.entries(thresholds)) {
    const answer = await verify(post, 'a', 'c', { distance_metric: metric })
    t.ok(answer.threshold < threshold && !answer.verified && answer.verdict.reason === 'young', metric)
  }

  const sent = await verify(post, 'a', 'c', { threshold: thresholds.cosine })
  t.match(sent, { verified: true, threshold: thresholds.cosine, verdict: { policy: 'fixed', reason: 'request', ages: [null, null] } }, 'a threshold of the client wins')
  t.match(await verify(post, 'a', 'c', { model_name: 'ArcFace' }), { status: 200, verdict: { policy: 'fixed', reason: 'standard' } }, 'a recogniser without figures has one threshold')
  const vector = Array.from({ length: 128 }, (_, k) => k === 0 ? 1 : 0)
  t.match(await post({ img1: vector, img2: 'data:,c' }), { verified: true, verdict: { policy: 'adaptive', reason: 'unknown', ages: [null, null] } }, 'a vector has no age')
  const without = await poster(t, 'verify', { engine: { represent, ages: async () => undefined } })
  t.match(await verify(without, 'a', 'c'), { verified: true, threshold: thresholds.cosine, verdict: { reason: 'unknown' } }, 'nor has a face without the model of ages')
  const broken = await poster(t, 'verify', { engine: { represent, ages: async () => { throw noFaceDetected() } } })
  t.match(await verify(broken, 'a', 'c'), { status: 422, error_code: 'no_face_detected' }, 'other errors are answered')
  const plain = await poster(t, 'verify', { engine: { represent, ages }, env: { VERDICT_POLICY: 'fixed' } })
  t.match(await verify(plain, 'a', 'c'), { verified: true, threshold: thresholds.cosine, verdict: { policy: 'fixed', reason: 'standard' } })
})
