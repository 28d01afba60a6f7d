import { chmod, mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import process from 'node:process'
import t, { type Test } from 'tap'
import { confidence } from '../../src/match/probability.ts'
import { rank } from '../../src/match/rank.ts'
import { recogniserNamed } from '../../src/models/catalogue.ts'
import { calibrationOf } from '../../src/models/calibration-of.ts'
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
const calibration = calibrationOf(recogniserNamed('SFace'), 'mesh')
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
      verdict: { policy: 'adaptive', reason: 'standard', ages: [null, null], yaws: [null, null] },
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

t.test('with a FACES_DB_PATH that is no folder', async (t) => {
  const dir = t.testdir({ file: '' })
  await symlink('circle', join(dir, 'circle'))
  const paths: Record<string, RegExp> = {
    missing: /does not exist/,
    'missing/below': /does not exist/,
    file: /no folder/,
    'file/below': /leads through a file/,
    circle: /never end/,
    'circle/below': /never end/,
    ['n'.repeat(300)]: /longer than/
  }
  for (const [path, message] of Object.entries(paths)) {
    const root = join(dir, path)
    const refused = await (await poster(t, root))({ img: 'data:,a' })
    t.match(refused, { status: 400, error_code: 'db_not_found', message }, path.slice(0, 20))
    t.notOk(refused.message.includes(dir), 'the message holds no path of the server')
  }
})

t.test('a folder that is removed while the service runs', async (t) => {
  const root = t.testdir(DB)
  const post = await poster(t, root)
  t.match(await post({ img: 'data:,a' }), { status: 200 })
  await rm(root, { recursive: true })
  t.match(await post({ img: 'data:,a' }), { status: 400, error_code: 'db_not_found' })
  t.match(await post({ img: 'data:,a', refresh_database: false }), { status: 400, error_code: 'db_not_found' })
})

const skip = process.geteuid?.() !== 0 && 'only root can become somebody who may not read a file'
t.test('a folder that the service may not read', { skip }, async (t) => {
  const dir = t.testdir({ closed: { db: { alice: { '1.jpg': 'a' } } }, open: { ...DB, carol: { '1.jpg': 'a' }, dan: { '1.jpg': 'a', '2.jpg': 'a' } } })
  /** Asks as a user who may read nothing but what is open to everybody. */
  const post = async (root: string) => {
    const ask = await poster(t, root)
    process.seteuid!(65534)
    try {
      return await ask({ img: 'data:,a' })
    } finally {
      process.seteuid!(0)
    }
  }
  await chmod(join(dir, 'closed/db'), 0o311)
  t.match(await post(join(dir, 'closed/db')), { status: 503, error_code: 'service_unavailable', message: /user of the service may not list it.*EACCES/ })
  await chmod(join(dir, 'closed'), 0o700)
  t.match(await post(join(dir, 'closed/db')), { status: 503, error_code: 'service_unavailable', message: /EACCES/ })

  for (const [path, mode] of [['alice', 0o700], ['carol', 0o744], ['dan/1.jpg', 0o600]] as const) await chmod(join(dir, 'open', path), mode)
  const { status, result, warnings } = await post(join(dir, 'open'))
  t.equal(status, 200)
  t.strictSame(result[0].map(({ identity }: { identity: string }) => identity), [join(dir, 'open/dan/2.jpg')])
  const messages = warnings.map(({ photo, message }: { photo?: string, message: string }) => `${photo}: ${message}`)
  t.ok(messages.includes('alice/: It cannot be looked at (EACCES).'), 'a folder that may not be listed')
  t.ok(messages.includes('carol/1.jpg: It cannot be looked at (EACCES).'), 'a folder that may not be entered')
  t.ok(messages.includes('dan/1.jpg: It cannot be read (EACCES).'), 'a photo that may not be read')
})

t.test('photos that are left out by their place or kind', async (t) => {
  const dir = t.testdir({ outside: { '1.jpg': 'a' }, db: { '.hidden': { '1.jpg': 'a' }, '.dot': { '1.jpg': 'a' }, bob: { '1.jpg': 'b' }, albums: { zoe: { '1.jpg': 'a' } } } })
  const db = join(dir, 'db')
  const post = await poster(t, db)
  const warned = async () => (await post({ img: 'data:,a' })).warnings.map(({ message }: { message: string }) => message)

  await symlink('albums/zoe', join(db, 'zoe'))
  const { result, warnings } = await post({ img: 'data:,a' })
  t.strictSame([result[0].map(({ identity }: { identity: string }) => identity), warnings], [[join(db, 'albums/zoe/1.jpg')], []], 'a linked folder inside is searched at its own place')

  const links = {
    ann: '../outside', ann2: join(dir, 'outside'), 'ann.jpg': '../outside/1.jpg', dot: '.dot', 'bob/deep': '../.hidden', gone: 'nowhere', 'gone.jpg': 'gone', self: 'self', 'bob/up': '..', 'bob/root': dir
  }
  for (const [path, target] of Object.entries(links)) await symlink(target, join(db, path))
  t.strictSame((await warned()).sort(), [
    'Symbolic links lead in a circle; remove them: 3 (such as bob/root).',
    'Symbolic links lead to nothing; correct or remove them: 2 (such as gone).',
    'Symbolic links that lead out of FACES_DB_PATH are not followed; put the photos inside, or mount their folder there: 3 (such as ann).',
    'Symbolic links to hidden folders are not followed; rename the folders so that they do not begin with a dot: 2 (such as bob/deep).'
  ])
  for (const path of Object.keys(links)) await rm(join(db, path))
  t.strictSame(await warned(), [])

  await mkdir(join(db, 'ann'))
  for (const name of ['IMG_1.HEIC', 'IMG_2.heic', 'a.heif', 'b.CR2', 'c.nef', 'd.dng', 'e.RAW', 'f.arw', 'g.JXL']) await writeFile(join(db, 'ann', name), 'a')
  t.strictSame(await warned(), [
    'Photos of formats that are not read are not searched; convert them to JPEG or PNG. ARW: 1 (such as ann/f.arw), CR2: 1 (such as ann/b.CR2), DNG: 1 (such as ann/d.dng), ' +
    'HEIC: 2 (such as ann/IMG_1.HEIC), HEIF: 1 (such as ann/a.heif), JXL: 1 (such as ann/g.JXL), NEF: 1 (such as ann/c.nef), RAW: 1 (such as ann/e.RAW).'
  ])
  await rm(join(db, 'ann'), { recursive: true })
  for (const name of ['carl', 'dora']) {
    await mkdir(join(db, name))
    await writeFile(join(db, name, 'IMG_1'), 'a')
  }
  await writeFile(join(db, 'bob/notes.txt'), '')
  t.strictSame(await warned(), ['Folders have files, but no photo that is read: 2 (such as carl/IMG_1).'])
})

t.test('a warning says when there are more rows than a response holds', async (t) => {
  const post = await poster(t, t.testdir(DB), ({ k }) => Array.from({ length: k! }, () => ({ row: 0, distance: 0 })))
  const found = await post({ img: 'data:,ab' })
  t.strictSame(found.result.map((list: unknown[]) => list.length), [5000, 5000])
  t.match(found.warnings.at(-1), { message: /^No more than 5000 rows/ })
  t.equal((await post({ img: 'data:,a', k: 3 })).warnings.length, 1)
})
