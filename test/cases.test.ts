import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import t from 'tap'
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
