import { existsSync } from 'node:fs'
import { mkdir, readFile, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
import { cosine } from '../src/match/distance.ts'
import { rank } from '../src/match/rank.ts'
import { type Box, iou } from '../src/math/box.ts'
import { build } from './build.ts'
import { buildReal } from './real.ts'
import { sharedPath } from './shared.ts'

const skip = !existsSync(sharedPath('cases')) && 'needs ../shared/cases'
const file = (name: string) => readFile(sharedPath(`cases/${name}`))

t.test('inputs that outsiders found refused or answered wrongly', { skip }, async (t) => {
  const service = await buildReal(t, { COLLECTIONS_URL: `sqlite:${join(t.testdir({}), 'visage.db')}` })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const ask = async (path: string, init: RequestInit) => {
    const response = await fetch(service.origin + path, init)
    return { status: response.status, ...await response.json() as object }
  }
  const json = { 'content-type': 'application/json' }

  t.test('an image of a form without a file name', async (t) => {
    const headers = { 'content-type': 'multipart/form-data; boundary=visagecase' }
    t.match(await ask('/api/v1/represent', { method: 'POST', headers, body: Uint8Array.from(await file('multipart-no-filename.bin')) }), { status: 200, count: 1 })
  })

  t.test('base64 with line breaks', async (t) => {
    t.match(await ask('/api/v1/represent', { method: 'POST', headers: json, body: Uint8Array.from(await file('base64-line-breaks.json')) }), { status: 200, count: 1 })
  })

  t.test('a data: URI of unknown type', async (t) => {
    const img = `data:application/octet-stream;base64,${(await file('enrol.jpg')).toString('base64')}`
    t.match(await ask('/api/v1/represent', { method: 'POST', headers: json, body: JSON.stringify({ img }) }), { status: 200, count: 1 })
  })

  t.test('an enrolment that keeps its photo, as a form and in base64, and the write after it', async (t) => {
    const photo = await file('enrol.jpg')
    t.match(await ask('/api/v1/collections', { method: 'POST', headers: json, body: JSON.stringify({ id: 'p', store_photos: true }) }), { success: true })
    const form = new FormData()
    form.set('img', new Blob([Uint8Array.from(photo)]))
    form.set('quality_check', 'False')
    const body = JSON.stringify({ img: `data:image/jpeg;base64,${photo.toString('base64')}`, quality_check: false })
    for (const [subject, init] of [['ann', { method: 'POST', body: form }], ['bea', { method: 'POST', headers: json, body }]] as const) {
      const answer: any = await ask(`/api/v1/collections/p/subjects/${subject}/faces`, init)
      t.match(answer, { status: 200, enrolled: 1 }, subject)
      const kept = await fetch(`${service.origin}/api/v1/collections/p/subjects/${subject}/faces/${answer.result[0].face.id}/photo`)
      t.ok(Buffer.from(await kept.arrayBuffer()).equals(photo), `the photo of ${subject} is kept`)
    }
    t.match(await ask('/api/v1/collections/p/subjects', { method: 'POST', headers: json, body: '{"id":"zed"}' }), { success: true })
  })

  t.test('a delete with a content type and no body, and Accept with parameters', async (t) => {
    t.match(await ask('/api/v1/collections/p/subjects/zed', { method: 'DELETE', headers: { ...json, accept: 'application/json; charset=utf-8' } }), { status: 200 })
  })

  t.test('a name with a NUL character', async (t) => {
    t.match(await ask('/api/v1/collections/p/subjects', { method: 'POST', headers: json, body: '{"id":"n","name":"a\\u0000b"}' }), { status: 422, error_code: 'validation_error' })
  })

  const faces = async (image: Uint8Array) => {
    const form = new FormData()
    form.set('img', new Blob([Uint8Array.from(image)]))
    return await ask('/api/v1/represent', { method: 'POST', body: form }) as { status: number, message?: string, result: Array<{ embedding: number[] }> }
  }
  const distance = (a: readonly number[], b: readonly number[]): number =>
    1 - a.reduce((sum, value, i) => sum + value * b[i]!, 0) / (Math.hypot(...a) * Math.hypot(...b))

  const opaque = async (name: string) => sharp(await file(name)).removeAlpha().png().toBuffer()
  const resized = async (side: number) => sharp(await file('enrol.jpg')).resize(side).png().toBuffer()
  const plainCopies: Record<string, () => Promise<Uint8Array>> = {
    'alpha0-504x672.png': () => file('alpha0-504x672.opaque.png'),
    'alpha0-600x800.avif': () => opaque('alpha0-600x800.avif'),
    'alpha0-360x480.png': () => opaque('alpha0-360x480.png'),
    'ycbcr-lzw.tif': () => resized(240),
    'tiff-orientation-0.tif': () => resized(220),
    'tiff-lab8.tif': () => resized(240),
    'jpeg-without-eoi.jpg': () => file('enrol.jpg'),
    'animated.avif': () => resized(200),
    'rle8-eol-after-last-row.bmp': () => file('rle8-control.bmp')
  }
  for (const [name, plain] of Object.entries(plainCopies)) {
    t.test(`${name} has the face of its plain copy`, async (t) => {
      const [answer, expected] = [await faces(await file(name)), await faces(await plain())]
      t.match([answer.status, expected.status], [200, 200], answer.message ?? '')
      const apart = distance(answer.result[0]!.embedding, expected.result[0]!.embedding)
      t.ok(apart < 0.05, `distance ${apart}`)
    })
  }

  t.test('a compression that is not supported is named', async (t) => {
    t.match(await faces(await file('tiff-zstd.tif')), { status: 400, error_code: 'image_decode_error', message: /Zstandard/ })
  })
})

t.test('a face on a long screenshot, and one in a group of twelve megapixels', { skip }, async (t) => {
  const mirror = sharedPath('weights')
  const service = await buildReal(t, { COLLECTIONS_URL: 'none', ...existsSync(mirror) && { MODELS_MIRROR: mirror } })
  if (typeof service === 'string') return t.pass('needs weights', { skip: service })
  const places: Readonly<Record<string, Box>> = {
    'screenshot-1080x15000.jpg': { x: 178, y: 9047, w: 138, h: 178 },
    'group-4000x3000.jpg': { x: 3077, y: 1548, w: 138, h: 172 }
  }
  for (const [name, place] of Object.entries(places)) {
    const known: number[][] = []
    for (const detector of ['retinaface', 'yunet', 'mediapipe', 'centerface', 'ssd', 'opencv', 'mtcnn', 'fastmtcnn']) {
      const form = new FormData()
      form.set('img', new Blob([Uint8Array.from(await file(name))]))
      form.set('detector_backend', detector)
      const { count, error_code: code, message, result }: any = await (await fetch(`${service.origin}/api/v1/represent`, { method: 'POST', body: form })).json()
      if (code === 'model_unavailable') {
        t.pass(`${detector} needs weights`, { skip: message })
        continue
      }
      t.equal(count, 1, `${detector} on ${name}`)
      t.ok(iou(result[0].facial_area, place) > 0.5, `${detector} at the right place`)
      known.push(result[0].embedding)
      t.ok(cosine(known[0]!, result[0].embedding) < 0.1, `${detector} and the first one see the same face`)
    }
  }
})

t.test('folders of faces that outsiders had', async (t) => {
  const dir = t.testdir({ outside: { '1.jpg': 'a' }, db: { ann: { 'IMG_1.HEIC': 'a' } } })
  const find = async (FACES_DB_PATH: string) => {
    const app = await build(t, { env: { FACES_DB_PATH }, engine: { search: async (request) => rank(request) } })
    const response = await app.inject({ method: 'POST', url: '/api/v1/find', payload: { img: 'data:,a' } })
    return { status: response.statusCode, ...response.json() }
  }

  t.test('faces-db-not-readable', async (t) => {
    await symlink('circle', join(dir, 'circle'))
    for (const name of ['circle', 'n'.repeat(300)]) t.match(await find(join(dir, name)), { status: 400, error_code: 'db_not_found', message: /FACES_DB_PATH/ })
  })

  t.test('folder-of-heic-silent', async (t) => {
    t.match(await find(join(dir, 'db')), { status: 200, warnings: [{ message: /not read.*HEIC: 1 \(such as ann\/IMG_1\.HEIC\)/ }] })
  })

  t.test('linked-person-folder-silent', async (t) => {
    await rm(join(dir, 'db/ann'), { recursive: true })
    await mkdir(join(dir, 'db/.bea'))
    await symlink('../outside', join(dir, 'db/ann'))
    await symlink('.bea', join(dir, 'db/bea'))
    t.match(await find(join(dir, 'db')), { status: 200, warnings: [{ message: /not followed.*such as ann/ }, { message: /not followed.*such as bea/ }] })
  })
})
