import t from 'tap'
import type { Collection, SearchQuery } from '../../src/collections/contract.ts'
import { absentCollections } from '../../src/collections/open-collections.ts'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
import { build, spelling } from '../build.ts'

const MODEL = { model_name: 'Facenet', detector_backend: 'opencv' }
const { thresholds } = calibrationOf(recogniserNamed('Facenet'), 'deepface')

t.test('the paths of DeepFace\'s own service', async (t) => {
  const asked: unknown[] = []
  const app = await build(t, {
    engine: {
      represent (image, options, call) {
        asked.push(options.pipeline)
        return spelling.represent(image, { ...options, pipeline: 'native' }, call)
      }
    }
  })
  const post = async (path: string, payload: object): Promise<any> => {
    const response = await app.inject({ method: 'POST', url: path, payload })
    return { status: response.statusCode, ...response.json() }
  }

  t.test('represent, verify and analyze answer in its shapes, in the deepface pipeline', async (t) => {
    const represented = await post('/represent', { img: 'data:,ab', ...MODEL })
    t.match(represented, {
      status: 200, results: [{ facial_area: { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61] }, face_confidence: 0.99 }, { facial_area: { x: 11 } }]
    })
    t.equal(represented.results[0].embedding.length, 128)
    t.match(await post('/verify', { img1: 'data:,a', img2: 'data:,a', ...MODEL }), {
      status: 200,
      verified: true,
      distance: 0,
      threshold: thresholds.cosine,
      model: 'Facenet',
      similarity_metric: 'cosine',
      facial_areas: { img1: { x: 10 } }
    })
    t.match(await post('/analyze', { img: 'data:,a', actions: ['age'] }), { status: 200, results: [{ age: 31, region: { x: 10 } }] })
    t.strictSame(new Set(asked), new Set(['deepface']))
  })

  t.test('search before anything is registered', async (t) => {
    t.match(await post('/search', { img: 'data:,a', ...MODEL }), { status: 404, message: /You must call register/ })
    t.match(await post('/build/index', MODEL), { status: 404 })
  })

  t.test('register stores each face once, search finds it under its name', async (t) => {
    for (const name of ['a\0b', 'a\ud800', '\udc00', '😀'.repeat(1025)]) {
      const refused = await post('/register', { img: 'data:,a', img_name: name, ...MODEL })
      t.match(refused, { status: 422, error_code: 'validation_error', details: { fields: [{ field: 'img_name' }] } })
    }
    t.match(await post('/register', { img: 'data:,a', img_name: 'dataset/ann one.jpg', ...MODEL }), { status: 200, inserted: 1 })
    t.match(await post('/register', { img: 'data:,a', img_name: 'again.jpg', ...MODEL }), { status: 200, inserted: 0 })
    t.match(await post('/register', { img: 'data:,b', img_name: 'bob', ...MODEL }), { inserted: 1 })
    t.strictSame(await post('/build/index', MODEL), { status: 200, message: 'Index built successfully' })
    const { results } = await post('/search', { img: 'data:,ab', ...MODEL })
    t.strictSame(results.map((rows: any[]) => rows.map((row) => row.img_name)), [['dataset/ann one.jpg'], ['bob']])
    t.match(results[1][0], {
      model_name: 'Facenet',
      detector_backend: 'opencv',
      aligned: true,
      l2_normalized: false,
      search_method: 'exact',
      target_x: 11,
      target_w: 99,
      threshold: thresholds.cosine,
      distance_metric: 'cosine',
      distance: 0
    })
    const near = await post('/search', { img: 'data:,a', ...MODEL, similarity_search: true, k: 5, distance_metric: 'angular', search_method: 'ann' })
    t.match(near.results[0].map(({ img_name: name, distance, search_method: method }: any) => [name, distance, method]), [
      ['dataset/ann one.jpg', 0, 'ann'], ['bob', Math.sqrt(8), 'ann']
    ])
    t.match(await post('/search', { img: 'data:,a', ...MODEL, l2_normalize: true }), { status: 404 }, 'rows of other settings are others')
    const far = await post('/search', { img: 'data:,a', ...MODEL, distance_metric: 'euclidean', similarity_search: true })
    t.match(far.results[0].map(({ img_name: name, distance }: any) => [name, distance]), [['dataset/ann one.jpg', 0], ['bob', Math.sqrt(8)]])
    t.match(await post('/search', { img: 'data:,a', ...MODEL, distance_metric: 'euclidean' }), {
      results: [[{ distance: 0, l2_normalized: false, threshold: thresholds.euclidean }]]
    })
    t.match(await post('/register', { img: 'data:,a', ...MODEL, l2_normalize: true }), { inserted: 1 })
    t.match(await post('/search', { img: 'data:,a', ...MODEL, l2_normalize: true, distance_metric: 'euclidean' }), {
      results: [[{ distance: 0, l2_normalized: true, threshold: thresholds.euclidean }]]
    })
  })
})

t.test('a Euclidean search over too many faces is refused', async (t) => {
  const hits = Array.from({ length: 10_001 }, (_, i) => ({ face: String(i), subject: 's', score: 0.5, distance: 2, details: {} }))
  const collections = async () => ({
    ...absentCollections(),
    collection: async () => ({ id: 'deepface.Facenet.opencv.aligned.raw.base' } as Collection),
    search: async (_: string, { k }: SearchQuery) => ({ hits: hits.slice(0, k), compared: hits.length, asOf: '1', exact: true })
  })
  const represent: FaceEngine['represent'] = (image, options, call) => spelling.represent(image, { ...options, pipeline: 'native' }, call)
  const app = await build(t, { collections, engine: { represent } })
  const payload = { img: 'data:,a', ...MODEL, distance_metric: 'euclidean' }
  const response = await app.inject({ method: 'POST', url: '/search', payload })
  t.match(response.json(), { error_code: 'validation_error', details: { fields: [{ field: 'distance_metric', msg: /at most 10000 faces/ }] } })
})
