import { decode } from '@msgpack/msgpack'
import t from 'tap'
import { build, spelling } from '../build.ts'
import { poster } from './poster.ts'

const PATHS = ['detect', 'represent', 'extract_faces']
const NO_IMAGE = { success: false, error_code: 'image_decode_error', message: 'The image could not be read.' }

t.test('each of several images has what it alone would have, in order', async (t) => {
  for (const path of PATHS) {
    const post = await poster(t, path)
    const alone = async (img: string) => {
      const { status, request_id: _, ...answer } = await post({ img, enforce_detection: true })
      return answer
    }
    const images = ['data:,ab', 'broken', 'data:,b', 'data:,-', 'data:,a']
    const several = await post({ images, enforce_detection: true })
    const results = await Promise.all(images.map(alone))
    t.strictSame(several, { status: 200, success: true, count: 5, refused: 2, results }, path)
    t.strictSame(results[1], NO_IMAGE)
    t.match(results[3], { success: false, error_code: 'no_face_detected' })
    t.strictSame((await post({ images: ['data:,a'], enforce_detection: true })).results, [results[4]], 'a list of one')
    t.match(await post({ images: ['broken', 'broken'] }), { status: 200, success: true, refused: 2 })
  }
})

t.test('a form has as many parts, files and texts, and keeps their order', async (t) => {
  const app = await build(t)
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  for (const [path, name] of PATHS.flatMap((path) => [[path, 'images'], [path, 'images[]']] as const)) {
    const form = new FormData()
    form.append(name, new Blob(['ab']))
    form.append(name, 'data:,b')
    form.append(name, new Blob(['-']))
    form.append('enforce_detection', 'true')
    const response = await fetch(`http://127.0.0.1:${port}/api/v1/${path}`, { method: 'POST', body: form })
    t.match(await response.json(), {
      success: true, count: 3, refused: 1, results: [{ success: true, result: { length: 2 } }, { success: true, result: { length: 1 } }, { error_code: 'no_face_detected' }]
    }, `${path} ${name}`)
  }
})

t.test('what is refused as a whole', async (t) => {
  for (const path of PATHS) {
    const post = await poster(t, path)
    const wrong = async (body: object) => (await post(body)).details?.fields
    t.strictSame(await wrong({}), [{ field: 'img', msg: 'is required' }])
    t.strictSame(await wrong({ img: null, images: null }), [{ field: 'img', msg: 'is required' }])
    t.strictSame(await wrong({ align: 1, max_faces: 0 }).then((fields) => fields.some(({ field }: any) => field === 'img')), true, 'beside other fields')
    t.strictSame(await wrong({ img: 'data:,a', images: ['data:,a'] }), [{ field: 'images', msg: 'must not be sent beside img' }])
    t.strictSame(await wrong({ images: [] }), [{ field: 'images', msg: 'must have at least 1 item' }])
    t.strictSame(await wrong({ images: Array(33).fill('data:,a') }), [{ field: 'images', msg: 'must have at most 32 items' }])
    t.strictSame(await wrong({ images: ['data:,a', ''] }), [{ field: 'images.1', msg: 'must not be empty' }])
    t.match(await wrong({ img: ['data:,a'] }), [{ field: 'img' }])
    t.equal((await post({ images: Array(32).fill('data:,a') })).count, 32)
  }
  const post = await poster(t, 'represent')
  t.match(await post({ images: ['data:,a', 'data:,b'], model_name: 'DeepFace' }), { status: 503, error_code: 'model_unavailable' }, 'the service fails, not an image')
})

t.test('MessagePack', async (t) => {
  const app = await build(t)
  const { rawPayload } = await app.inject({ method: 'POST', url: '/api/v1/represent', payload: { images: ['data:,a', 'broken'] }, headers: { accept: 'application/msgpack' } })
  const { results: [first, second] } = decode(rawPayload) as any
  t.equal(first.result[0].embedding.byteLength, 128 * 4)
  t.strictSame(second, NO_IMAGE)
})

t.test('a request keeps one worker at most, and ends its work when its answer would be too long or its client has gone', async (t) => {
  const MB = 2 ** 20
  let [running, most, calls] = [0, 0, 0]
  let onCall = (): void => {}
  const app = await build(t, {
    env: { MAX_ANSWER_BYTES: String(5 * MB), MAX_IN_FLIGHT_MB: '64' },
    engine: {
      workers: 4,
      async extract (image, options, call) {
        calls++
        most = Math.max(most, ++running)
        onCall()
        await new Promise(setImmediate)
        running--
        call!.signal!.throwIfAborted()
        const [face] = await spelling.extract(image, options, call)
        return [{ ...face!, png: Buffer.alloc(MB) }]
      }
    }
  })
  const post = async (images: string[]) => await app.inject({ method: 'POST', url: '/api/v1/extract_faces', payload: { images } })
  t.match((await post(Array(32).fill('data:,a'))).json(), { success: false, error_code: 'image_too_large', message: /MAX_ANSWER_BYTES/ })
  t.equal(calls, 6, 'no image is processed whose answer could not be sent')
  t.equal(most, 1)
  const three = await post(Array(3).fill('data:,a'))
  t.equal(three.statusCode, 200)
  t.ok(three.rawPayload.length > 4 * MB)
  t.equal(app.bytesInFlight().taken, 0)

  calls = 0
  await app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = app.server.address() as { port: number }
  const client = new AbortController()
  onCall = () => { if (calls === 2) client.abort() }
  const body = JSON.stringify({ images: Array(4).fill('data:,a') })
  await t.rejects(fetch(`http://127.0.0.1:${port}/api/v1/extract_faces`, { method: 'POST', body, headers: { 'content-type': 'application/json' }, signal: client.signal }))
  while (app.bytesInFlight().taken > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  t.ok(calls < 4)
})
