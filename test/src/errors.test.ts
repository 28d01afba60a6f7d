import t from 'tap'
import { engineFailed, type ErrorCode, ERRORS, FaceError, fromMessage, imageDecodeError, imageTooLarge, modelUnavailable, noFaceDetected, overloaded, shuttingDown, timedOut, toMessage, validationError } from '../../src/errors.ts'
import { build } from '../build.ts'

t.test('makers', async (t) => {
  const made: ReadonlyArray<readonly [FaceError, ErrorCode]> = [
    [imageDecodeError('no'), 'image_decode_error'], [imageTooLarge('no'), 'image_too_large'], [noFaceDetected(), 'no_face_detected'],
    [engineFailed(new Error('no')), 'deepface_error'], [overloaded(3), 'overloaded'], [timedOut(5), 'timeout'], [shuttingDown(), 'service_unavailable'],
    [modelUnavailable('no'), 'model_unavailable'], [validationError([{ field: 'a', msg: 'is b' }, { field: '', msg: 'All is bad' }]), 'validation_error']
  ]
  for (const [error, code] of made) t.match(error, { code, statusCode: ERRORS[code].status })
  t.equal(made.at(-1)![0].message, 'Request validation failed: a is b; All is bad.')
})

t.test('across threads', async (t) => {
  const sent = structuredClone(toMessage(new FaceError('overloaded', 'full', { retryAfter: 2, fields: [{ field: 'a', msg: 'b' }], cause: new Error('why') })))
  t.match(fromMessage(sent), { code: 'overloaded', message: 'full', retryAfter: 2, fields: [{ field: 'a', msg: 'b' }], cause: /why/ })
  t.match(toMessage(new FaceError('timeout', 'late', { cause: 'text' })), { cause: 'text' })
  const bare = new Error('no stack')
  delete bare.stack
  t.match(toMessage(bare), { code: 'deepface_error', cause: 'no stack' }, 'what is no FaceError')
  t.notMatch(toMessage(new Error('secret')).message, /secret/)
})

// How each code is reached over HTTP. Those of plugins that are registered later are thrown by the engine here: the way out is the same.
const thrown: Partial<Record<ErrorCode, FaceError>> = {
  image_too_large: imageTooLarge('The image has too many pixels.'),
  spoof_detected: new FaceError('spoof_detected', 'This is a photo of a photo.'),
  db_not_found: new FaceError('db_not_found', 'FACES_DB_PATH does not exist.'),
  overloaded: overloaded(128),
  rate_limited: new FaceError('rate_limited', 'Slow down.', { retryAfter: 7 }),
  unauthorized: new FaceError('unauthorized', 'Send a key.'),
  forbidden: new FaceError('forbidden', 'The key lacks the scope.'),
  conflict: new FaceError('conflict', 'It exists.'),
  service_unavailable: shuttingDown(),
  deepface_error: engineFailed(new Error('/srv/secret.onnx'))
}

t.test('every code over HTTP', async (t) => {
  const never = () => new Promise<never>(() => {})
  const app = await build(t, {
    engine: {
      async extract (image) {
        const name = Buffer.from(image).toString()
        if (name === 'never') return never()
        throw thrown[name as ErrorCode] ?? new TypeError('/srv/secret.ts is not a function')
      }
    },
    env: { REQUEST_TIMEOUT_MS: '30000' }
  })
  const hasty = await build(t, { engine: { extract: never }, env: { REQUEST_TIMEOUT_MS: '20' } })
  const post = (payload: object, url = '/api/v1/extract_faces', headers = {}) => app.inject({ method: 'POST', url, payload, headers })
  const represent = '/api/v1/represent'

  const ways: Record<ErrorCode, () => ReturnType<typeof post>> = {
    ...Object.fromEntries(Object.keys(thrown).map((code) => [code, () => post({ img: `data:,${code}` })])) as Record<ErrorCode, () => ReturnType<typeof post>>,
    validation_error: () => post({}),
    image_decode_error: () => post({ img: 'nothing' }),
    no_face_detected: () => post({ img: 'data:,-' }, represent),
    model_unavailable: () => post({ img: 'data:,a', model_name: 'VGG-Face' }, represent),
    not_found: () => app.inject('/nowhere'),
    method_not_allowed: () => app.inject(represent),
    not_acceptable: () => post({ img: 'data:,a' }, represent, { accept: 'text/html' }),
    unsupported_media_type: () => app.inject({ method: 'POST', url: represent, payload: 'img', headers: { 'content-type': 'text/plain' } }),
    internal_error: () => post({ img: 'data:,other' }),
    timeout: () => hasty.inject({ method: 'POST', url: '/api/v1/extract_faces', payload: { img: 'data:,never' } })
  }

  for (const [code, { status }] of Object.entries(ERRORS)) {
    const response = await ways[code as ErrorCode]()
    const body = response.json()
    t.match({ status: response.statusCode, body }, { status, body: { success: false, error_code: code, message: /.\.$/ } }, code)
    t.equal(body.request_id, response.headers['x-request-id'], `${code} has its request id`)
    t.ok(Number(response.headers['x-response-time-ms']) >= 0, `${code} has its time`)
    t.match(response.headers['content-type'], 'application/json')
    t.notMatch(response.body, /secret|stack/, `${code} keeps our secrets`)
  }
  t.equal((await ways.overloaded()).headers['retry-after'], '1')
  t.equal((await ways.rate_limited()).headers['retry-after'], '7')
  t.equal((await ways.method_not_allowed()).headers.allow, 'POST')
})
