import t, { type Test } from 'tap'
import { build } from '../build.ts'

interface Part {
  readonly name: string
  readonly value: string | Buffer
  readonly filename?: string
  readonly type?: string
}

const file = (name: string, value: string | Buffer, type = 'image/jpeg'): Part => ({ name, value, filename: 'a.jpg', type })
const text = (name: string, value: string, type?: string): Part => ({ name, value, ...(type && { type }) })

const bodyOf = (parts: readonly Part[]): Buffer => Buffer.concat([
  ...parts.flatMap(({ name, value, filename, type }) => [
    Buffer.from(`--edge\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${type ? `Content-Type: ${type}\r\n` : ''}\r\n`),
    Buffer.from(value),
    Buffer.from('\r\n')
  ]),
  Buffer.from('--edge--\r\n')
])

async function poster (t: Test) {
  const app = await build(t, { env: { MAX_IMAGE_BYTES: '2000' } })
  const send = async (path: string, payload: Buffer | string, type = 'multipart/form-data; boundary=edge') => {
    const response = await app.inject({ method: 'POST', url: path.startsWith('/') ? path : `/api/v1/${path}`, payload, headers: { 'content-type': type } })
    return { status: response.statusCode, ...response.json() }
  }
  return { send, post: (path: string, ...parts: Part[]) => send(path, bodyOf(parts)) }
}

/** `field msg` of all wrong fields. */
const wrong = ({ details }: { details?: { fields: Array<{ field: string, msg: string }> } }): string[] =>
  (details?.fields ?? []).map(({ field, msg }) => `${field} ${msg}`).sort()

t.test('forms', async (t) => {
  const { send, post } = await poster(t)

  t.test('an image is a file part, or text as in JSON', async (t) => {
    t.match(await post('represent', file('img', 'ab')), { status: 200, count: 2 })
    t.match(await post('represent', file('img', 'ab', 'application/octet-stream')), { status: 200, count: 2 })
    t.match(await post('represent', text('img', 'ab', 'image/jpeg')), { status: 200, count: 2 }, 'RFC 7578: a file needs no name')
    t.match(await post('represent', text('img', 'data:,a')), { status: 200, count: 1 })
    t.match(await post('verify', file('img1', 'a'), text('img2', 'data:,a')), { status: 200, verified: true })
  })

  t.test('what forms and Python send for booleans, lists and nothing', async (t) => {
    for (const [value, status] of [['True', 200], ['False', 200], ['yes', 200], ['0', 200], ['on', 200], ['maybe', 422]] as const) t.equal((await post('represent', file('img', 'ab'), text('align', value))).status, status, value)
    t.match(await post('represent', file('img', '-'), text('enforce_detection', 'False')), { status: 200 }, 'and it is false')
    t.match(await post('represent', file('img', 'ab'), text('max_faces', ''), text('model_name', ''), text('align', '')), { status: 200, count: 2 }, 'empty parts of optional fields')
    t.match(await post('represent', file('img', 'ab'), text('images', '')), { status: 200, count: 2 }, 'an empty list of images')
    t.strictSame(Object.keys((await post('analyze', file('img', 'a'), text('actions', 'age, emotion'))).result[0]).filter((key) => ['age', 'emotion', 'gender'].includes(key)).sort(), ['age', 'emotion'])
    t.strictSame(wrong(await post('verify', file('img1', 'a'), text('img2', ''))), ['img2 must not be empty'])
  })

  t.test('numbers, booleans and lists are parsed strictly', async (t) => {
    t.match(await post('represent', file('img', 'ab'), text('max_faces', '1'), text('l2_normalize', 'true')), { status: 200, count: 1 })
    t.match(await post('verify', file('img1', 'a'), file('img2', 'b'), text('threshold', '1.5e0')), { status: 200, threshold: 1.5, verified: true })
    const answered = async (...parts: Part[]) => Object.keys((await post('analyze', file('img', 'a'), ...parts)).result?.[0] ?? {}).filter((key) => !['region', 'face_confidence'].includes(key))
    t.strictSame(await answered(text('actions', '["age"]')), ['age'], 'a list as JSON')
    t.strictSame(await answered(text('actions', 'age')), ['age'], 'one part is one item')
    t.strictSame(await answered(text('actions', 'age'), text('actions', 'gender')), ['age', 'gender', 'dominant_gender'], 'repeated parts')
    t.strictSame(await answered(text('actions', '["age"]', 'application/json')), ['age'], 'a part of type JSON, as generated clients send it')
    t.strictSame(await answered({ ...text('actions', '["age"]', 'application/json'), filename: 'blob' }), ['age'], 'as a browser sends a Blob of JSON')
    t.strictSame(await answered(text('actions', '"age"', 'application/json')), ['age'], 'a text as JSON')
    const embedding = JSON.stringify(Array.from({ length: 128 }, (_, i) => i === 0 ? 1 : 0))
    t.match(await post('verify', text('img1', embedding), file('img2', 'a')), { status: 200, distance: 0 })

    t.strictSame(wrong(await post('represent', file('img', 'a'), text('max_faces', '1.5'), text('align', 'si'), text('expand_percentage', ' 1'), text('l2_normalize', '2'))), [
      'align must be true or false', 'expand_percentage must be a whole number', 'l2_normalize must be true or false', 'max_faces must be a whole number'
    ])
    for (const value of ['0x1', '01', '+1', '1_0', 'NaN', 'Infinity', '1e999']) t.strictSame(wrong(await post('verify', file('img1', 'a'), file('img2', 'a'), text('threshold', value))), ['threshold must be a number'], value)
    t.strictSame(wrong(await post('analyze', file('img', 'a'), text('actions', '["age","height"]'))), ['actions.1 must be one of emotion, age, gender, race'])
    t.strictSame(wrong(await post('analyze', file('img', 'a'), text('actions', '["age"'))), ['actions must be a list'], 'JSON that does not parse is a text')
  })

  t.test('all that is wrong is told at once', async (t) => {
    t.strictSame(wrong(await post('represent', file('photo', 'a'), text('model', 'SFace'), text('align', 'true'), text('align', 'false'), file('max_faces', '1'), text('detector_backend', 'haar'))).map((each) => each.split(' one of')[0]), [
      'align was sent more than once', 'detector_backend must be', 'img is required', 'max_faces must be a text part', 'model is not a field of this request', 'photo is not a field of this request'
    ])
    t.strictSame(wrong(await post('represent', file('img', 'a'), file('img', 'b'))), ['img was sent more than once'])
    t.strictSame(wrong(await post('represent', file('img', 'a'), text('img', 'data:,b'))), ['img was sent more than once'])
    t.strictSame(wrong(await post('represent', text('img', 'data:,b'), file('img', 'a'))), ['img was sent more than once'])
    t.strictSame(wrong(await post('represent', file('img', ''))), ['img must not be empty'])
    t.strictSame(wrong(await post('/register', file('img', 'a'), file('img_name', 'b'))), ['img_name must be a text part'], 'a text that may be anything is no image')
    t.strictSame(wrong(await post('represent')), ['img is required'])
    t.strictSame(wrong(await post('represent', file('img', 'a'), text('constructor', '1'))), [' The form has a field name that is not allowed'])
    for (const part of [text, file]) t.match(wrong(await post('represent', file('img', 'a'), part('x'.repeat(5000), '1')))[0], /^x{200} is not a field/)
  })

  t.test('too much', async (t) => {
    t.match(await post('represent', file('img', 'a'.repeat(2000))), { status: 200 })
    t.match(await post('represent', file('img', 'a'.repeat(2001))), { status: 413, error_code: 'image_too_large' })
    t.match(await post('represent', text('img', 'a'.repeat(5000))), { status: 413, error_code: 'image_too_large' })
    t.match(await post('represent', ...Array.from({ length: 200 }, (_, i) => text(`f${i}`, '1'))), { status: 422, error_code: 'validation_error' })
    t.match(await post('represent', ...Array.from({ length: 50 }, (_, i) => file(`f${i}`, '1'))), { status: 422, error_code: 'validation_error' })
    t.match(await post('represent', file('img', 'a'), ...Array.from({ length: 70 }, (_, i) => text('actions', `${i}`))), { status: 422 })
  })

  t.test('what is no form', async (t) => {
    const whole = bodyOf([file('img', 'a'.repeat(100))])
    for (const [why, body, type] of [
      ['no boundary', whole, 'multipart/form-data'],
      ['another boundary', whole, 'multipart/form-data; boundary=other'],
      ['an early end', whole.subarray(0, 150), undefined],
      ['nothing', '', undefined],
      ['JSON', '{"img":"data:,a"}', undefined],
      ['a JSON part that is none', bodyOf([text('actions', '[', 'application/json')]), undefined]
    ] as const) {
      t.match(await send('represent', body, type), { status: 422, error_code: 'validation_error' }, why)
    }
  })
})
