import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { confidence } from '../../src/match/probability.ts'
import { rank } from '../../src/match/rank.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/recogniser-cards.ts'
import { ABSENT, build } from '../build.ts'

/** Posts to the route on the fake engine, over a folder of "photos" that spell the people they show: `a` and `b` are orthogonal, `-` shows none. */
async function poster (t: Test, root: string | undefined, run = rank) {
  const app = await build(t, { env: { FACES_DB_PATH: root }, engine: { search: async (request) => run(request) } })
  return async (payload: object) => {
    const response = await app.inject({ method: 'POST', url: '/api/v1/find', payload })
    return { status: response.statusCode, ...response.json() }
  }
}

const DB = { alice: { '1.jpg': 'a', '2.jpg': 'ab' }, bob: { '1.jpg': 'b' }, '0.jpg': '-' }
const calibration = calibrationOf(recogniserNamed('SFace'), 'native')
/** Confidence of a face and itself. */
const certain = confidence(calibration.probability, 1)

t.test('POST /api/v1/find', async (t) => {
  const root = t.testdir(DB)
  const post = await poster(t, root)
  const identities = ({ result }: { result: Array<Array<{ identity: string }>> }) =>
    result.map((list) => list.map(({ identity }) => identity.slice(root.length)))

  t.test('the photos of a person, at the calibrated threshold', async (t) => {
    const found = await post({ img: 'data:,a' })
    t.equal(found.status, 200)
    t.equal(found.success, true)
    t.equal(found.faces_queried, 1)
    t.strictSame(identities(found), [['/alice/1.jpg', '/alice/2.jpg']])
    const { hash, ...row } = found.result[0][1]
    t.match(hash, /^[0-9a-f]{64}$/)
    t.strictSame(row, {
      identity: join(root, 'alice/2.jpg'),
      distance: 0,
      threshold: calibration.thresholds.cosine,
      confidence: certain,
      target_x: 10,
      target_y: 20,
      target_w: 100,
      target_h: 120,
      source_x: 10,
      source_y: 20,
      source_w: 100,
      source_h: 120
    })
    t.strictSame(found.warnings, [{ photo: '0.jpg', message: 'No face was found in it.' }])
  })

  t.test('one list a face; a group photo answers with the face that matched', async (t) => {
    const found = await post({ img: 'data:,ab' })
    t.equal(found.faces_queried, 2)
    t.strictSame(identities(found), [['/alice/1.jpg', '/alice/2.jpg'], ['/alice/2.jpg', '/bob/1.jpg']])
    t.match(found.result[1][0], { target_x: 11, target_w: 99, source_x: 11, source_w: 99 })
  })

  t.test('a picture without a face, with enforce_detection on or off', async (t) => {
    t.match(await post({ img: 'data:,-' }), { status: 422, error_code: 'no_face_detected' })
    t.match(await post({ img: 'data:,-', enforce_detection: false }), { status: 200, faces_queried: 1, result: [[]] }, 'the whole picture is looked for')
  })

  t.test('threshold, k and metric', async (t) => {
    t.strictSame(identities(await post({ img: 'data:,a', k: 1 })), [['/alice/1.jpg']])
    t.strictSame(identities(await post({ img: 'data:,a', threshold: 1 })), [['/alice/1.jpg', '/alice/2.jpg', '/alice/2.jpg', '/bob/1.jpg']])
    for (const metric of ['euclidean', 'euclidean_l2', 'angular'] as const) {
      const found = await post({ img: 'data:,a', distance_metric: metric, k: 2 })
      t.strictSame(identities(found), [['/alice/1.jpg', '/alice/2.jpg']], metric)
      t.match(found.result[0][0], { distance: 0, threshold: calibration.thresholds[metric], confidence: certain })
    }
  })

  t.test('similarity_search lists those beyond the threshold too, with the threshold that tells them apart', async (t) => {
    const found = await post({ img: 'data:,a', similarity_search: true, k: 4 })
    t.strictSame(identities(found), [['/alice/1.jpg', '/alice/2.jpg', '/alice/2.jpg', '/bob/1.jpg']])
    t.strictSame(found.result[0].map(({ distance }: { distance: number }) => distance), [0, 0, 1, 1])
    t.ok(found.result[0].every(({ threshold }: { threshold: number }) => threshold === calibration.thresholds.cosine))
  })

  t.test('refresh_database', async (t) => {
    await mkdir(join(root, 'carol'))
    await writeFile(join(root, 'carol/1.jpg'), 'a')
    t.equal((await post({ img: 'data:,a', refresh_database: false })).result[0].length, 2)
    t.equal((await post({ img: 'data:,a' })).result[0].length, 3)
  })

  t.test('models and pipelines that are not available', async (t) => {
    t.match(await post({ img: 'data:,a', model_name: ABSENT }), { status: 503, error_code: 'model_unavailable' })
    t.match(await post({ img: 'data:,a', pipeline: 'deepface' }), { status: 503, error_code: 'model_unavailable' })
  })

  t.test('wrong fields', async (t) => {
    const refused = await post({ k: 0, refresh_database: 'yes', max_faces: 1 })
    t.equal(refused.status, 422)
    t.strictSame(refused.details.fields.map(({ field }: { field: string }) => field).sort(), ['img', 'k', 'max_faces', 'refresh_database'])
    t.match(await post({ img: 'nonsense' }), { status: 400, error_code: 'image_decode_error' })
  })
})

t.test('without FACES_DB_PATH', async (t) => {
  const post = await poster(t, undefined)
  t.match(await post({ img: 'data:,a' }), { status: 503, error_code: 'service_unavailable', message: /FACES_DB_PATH/ })
})

t.test('with a FACES_DB_PATH that does not exist', async (t) => {
  const root = join(t.testdir({}), 'missing')
  const post = await poster(t, root)
  const refused = await post({ img: 'data:,a' })
  t.match(refused, { status: 400, error_code: 'db_not_found' })
  t.notOk(refused.message.includes(root), 'the message holds no path of the server')
})

t.test('a warning says when there are more rows than a response holds', async (t) => {
  const post = await poster(t, t.testdir(DB), ({ k }) => Array.from({ length: k! }, () => ({ row: 0, distance: 0 })))
  const found = await post({ img: 'data:,ab' })
  t.strictSame(found.result.map((list: unknown[]) => list.length), [5000, 5000])
  t.match(found.warnings.at(-1), { message: /^No more than 5000 rows/ })
  t.equal((await post({ img: 'data:,a', k: 3 })).warnings.length, 1)
})
