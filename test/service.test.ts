import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import sharp from 'sharp'
import t, { type Test } from 'tap'
import { buildReal, SAMPLES } from './real.ts'
import { serve } from './src/intake/servers.ts'

const group = await readFile(new URL('sample6.jpg', SAMPLES))
/** The women of sample6 alone, with nobody else in the square. */
const portrait = (left: number, top: number) => sharp(group).extract({ left, top, width: 440, height: 440 }).resize(250, 250).jpeg().toBuffer()
const [alice, bob] = await Promise.all([portrait(560, 260), portrait(1390, 210)])

t.test('the service on real photos', async (t) => {
  const faces = t.testdir({ alice: {}, bob: {} })
  await writeFile(join(faces, 'alice/1.jpg'), alice)
  await writeFile(join(faces, 'bob/1.jpg'), bob)
  const service = await buildReal(t, { IMAGES_ROOT: fileURLToPath(SAMPLES), FACES_DB_PATH: faces, COLLECTIONS_URL: `sqlite:${join(faces, '.people/visage.db')}`, ALLOW_PRIVATE_URLS: 'true', QUEUE_LIMIT: '128', REQUEST_TIMEOUT_MS: '250000' })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const { app, origin } = service
  const photos = await serve(t, (_request, response) => response.end(group))

  const json = async (path: string, body: object) => await answerOf(await fetch(origin + path, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }))
  const form = async (path: string, fields: Record<string, Buffer | string>) => {
    const parts = new FormData()
    for (const [name, value] of Object.entries(fields)) parts.append(name, typeof value === 'string' ? value : new Blob([value]))
    return await answerOf(await fetch(origin + path, { method: 'POST', body: parts }))
  }
  const base64 = (bytes: Buffer) => `data:image/jpeg;base64,${bytes.toString('base64')}`

  /** The answer to each way to send the group photo; they must all be the same. */
  async function everyWay (t: Test, path: string, fields: Record<string, string> = {}): Promise<any> {
    const answers = {
      base64: await json(path, { img: base64(group), ...fields }),
      bare: await json(path, { img: group.toString('base64'), ...fields }),
      file: await form(path, { img: group, ...fields }),
      path: await json(path, { img: 'sample6.jpg', ...fields }),
      url: await json(path, { img: `${photos.origin}/any.name?x=1`, ...fields })
    }
    for (const [way, answer] of Object.entries(answers)) t.strictSame(answer, answers.base64, way)
    t.equal(answers.base64.status, 200)
    t.equal(answers.base64.success, true)
    return answers.base64
  }

  t.test('a collection that keeps photos keeps them as they were sent, and goes on writing', async (t) => {
    const at = '/api/v1/collections/kept'
    t.match(await json('/api/v1/collections', { id: 'kept', store_photos: true }), { success: true })
    const enrolled = [
      await form(`${at}/subjects/alice/faces`, { imgs: alice, quality_check: 'false' }),
      await json(`${at}/subjects/bob/faces`, { imgs: [base64(bob)], quality_check: false })
    ]
    for (const [i, { result: [{ face }] }] of enrolled.entries()) {
      const photo = await fetch(`${origin}${at}/subjects/${['alice', 'bob'][i]}/faces/${face.id}/photo`)
      t.ok(Buffer.from(await photo.arrayBuffer()).equals([alice, bob][i]!), `the photo of ${['alice', 'bob'][i]}`)
    }
    t.match(await json(`${at}/subjects`, { id: 'zed' }), { success: true }, 'the next write is answered')
  })

  t.test('represent', async (t) => {
    const { count, model, result } = await everyWay(t, '/api/v1/represent')
    t.equal(count, 4)
    t.equal(model, 'SFace')
    const areas = result.map(({ facial_area: { w, h } }: any) => w * h)
    t.strictSame(areas, [...areas].sort((a, b) => b - a), 'largest first')
    for (const { embedding, facial_area: area, face_confidence: confidence } of result) {
      t.equal(embedding.length, 128)
      t.ok(embedding.every(Number.isFinite))
      t.ok(confidence > 0.9 && confidence <= 1)
      t.ok(area.left_eye[0] > area.right_eye[0], 'the left eye is the person\'s')
    }
    const { result: unit } = await json('/api/v1/represent', { img: 'sample6.jpg', l2_normalize: true, max_faces: 1 })
    t.equal(unit.length, 1)
    t.ok(Math.abs(Math.hypot(...unit[0].embedding) - 1) < 1e-6)
  })

  t.test('extract_faces', async (t) => {
    const { faces_found: found, result } = await everyWay(t, '/api/v1/extract_faces')
    t.equal(found, 4)
    for (const { face_base64: face, facial_area: { x, y, w, h, nose, mouth_left: mouth } } of result) {
      const { format, width, height } = await sharp(Buffer.from(face.replace('data:image/png;base64,', ''), 'base64')).metadata()
      t.strictSame({ format, width, height }, { format: 'png', width: w, height: h })
      for (const [px, py] of [nose, mouth]) t.ok(px > x && px < x + w && py > y && py < y + h)
    }
  })

  t.test('analyze', async (t) => {
    const { count, result } = await everyWay(t, '/api/v1/analyze')
    t.equal(count, 4)
    for (const face of result) {
      t.ok(face.age > 15 && face.age < 50)
      t.equal(face.dominant_gender, 'Woman')
      for (const name of ['gender', 'emotion', 'race']) {
        const scores = Object.entries<number>(face[name])
        t.ok(Math.abs(scores.reduce((sum, [, score]) => sum + score, 0) - 100) < 0.01, `${name} sums to 100`)
        t.equal(face[`dominant_${name}`], scores.sort(([, a], [, b]) => b - a)[0]![0])
      }
    }
    const { result: [ageOnly] } = await json('/api/v1/analyze', { img: base64(alice), actions: ['age'] })
    t.strictSame(Object.keys(ageOnly).sort(), ['age', 'face_confidence', 'region'])
  })

  t.test('find', async (t) => {
    const { faces_queried: queried, result, warnings } = await everyWay(t, '/api/v1/find')
    t.equal(queried, 4)
    t.strictSame(result.flat().map(({ identity }: any) => identity).sort(), [join(faces, 'alice/1.jpg'), join(faces, 'bob/1.jpg')])
    for (const { distance, threshold, confidence } of result.flat()) t.ok(distance < threshold && confidence > 90)
    t.strictSame(warnings, [])
    await mkdir(join(faces, 'eve'))
    await writeFile(join(faces, 'eve/1.jpg'), alice)
    await writeFile(join(faces, 'eve/2.jpg'), alice.subarray(0, 2000))
    const again = await json('/api/v1/find', { img: base64(alice) })
    t.strictSame(again.result[0].map(({ identity }: any) => identity), [join(faces, 'alice/1.jpg'), join(faces, 'eve/1.jpg')], 'what is new is found')
    t.match(again.warnings, [{ photo: 'eve/2.jpg' }], 'what cannot be read is told')
  })

  t.test('verify', async (t) => {
    const ways: Record<string, (one: Buffer, name: string) => Promise<any>> = {
      base64: (one) => json('/api/v1/verify', { img1: base64(one), img2: base64(group) }),
      file: (one) => form('/api/v1/verify', { img1: one, img2: group }),
      path: (_one, name) => json('/api/v1/verify', { img1: join(faces, name), img2: 'sample6.jpg' }),
      url: (one) => json('/api/v1/verify', { img1: base64(one), img2: `${photos.origin}/` })
    }
    for (const [way, ask] of Object.entries(ways)) {
      for (const [one, name] of [[alice, 'alice/1.jpg'], [bob, 'bob/1.jpg']] as const) {
        const { time, ...answer } = await ask(one, name)
        t.match(answer, { status: 200, success: true, verified: true, model: 'SFace', detector_backend: 'yunet', similarity_metric: 'cosine', pipeline: 'native', facial_areas: { img1: { x: Number }, img2: { x: Number } } }, `${way}: ${name} is on the group photo`)
        t.ok(answer.distance <= answer.threshold && answer.confidence > 50)
        t.ok(time > 0)
      }
    }
    const strangers = await json('/api/v1/verify', { img1: base64(alice), img2: base64(bob) })
    t.match(strangers, { status: 200, verified: false })
    t.ok(strangers.distance > strangers.threshold && strangers.confidence < 50)
    const [{ embedding }] = (await json('/api/v1/represent', { img: base64(alice) })).result
    t.match(await json('/api/v1/verify', { img1: embedding, img2: base64(alice) }), { verified: true, facial_areas: { img1: null, img2: { w: Number } } }, 'an embedding stands for a face')
    for (const metric of ['euclidean', 'euclidean_l2', 'angular']) {
      t.match(await json('/api/v1/verify', { img1: base64(alice), img2: base64(bob), distance_metric: metric }), { verified: false, similarity_metric: metric })
      t.match(await json('/api/v1/verify', { img1: base64(alice), img2: base64(group), distance_metric: metric }), { verified: true })
    }
  })

  t.test('200 verifies at once: each is answered or refused as overloaded, and the service goes on', async (t) => {
    const body = { img1: base64(alice), img2: base64(bob) }
    const answers = await Promise.all(Array.from({ length: 200 }, () => json('/api/v1/verify', body)))
    const done = answers.filter(({ status }) => status === 200)
    const refused = answers.filter(({ status }) => status !== 200)
    // 64 pairs of photos fit into the queue.
    t.ok(done.length >= 60, `${done.length} are done`)
    for (const answer of done) t.match(answer, { success: true, verified: false })
    for (const answer of refused) t.match(answer, { status: 503, error_code: 'overloaded' })
    t.strictSame((({ busy, waiting }) => ({ busy, waiting }))(app.faceEngine.load()), { busy: 0, waiting: 0 }, 'nothing is left')
    t.match(await json('/api/v1/verify', body), { status: 200 })
  })
})

async function answerOf (response: Response): Promise<any> {
  return { status: response.status, ...await response.json() as object }
}
