import t from 'tap'
import { bodyTooLarge, engineFailed, type ErrorCode, ERRORS, FaceError, fromMessage, imageDecodeError, imageTooLarge, internalError, modelUnavailable, noFaceDetected, overloaded, shuttingDown, timedOut, toMessage, validationError } from '../../src/errors.ts'
import { openIntake } from '../../src/intake/intake.ts'
import { ABSENT, build } from '../build.ts'

t.test('makers', async (t) => {
  const made: ReadonlyArray<readonly [FaceError, ErrorCode]> = [
    [imageDecodeError('no'), 'image_decode_error'], [imageTooLarge('no'), 'image_too_large'], [bodyTooLarge(5), 'image_too_large'], [noFaceDetected(), 'no_face_detected'],
    [engineFailed(new Error('no')), 'deepface_error'], [internalError(new Error('no')), 'internal_error'], [overloaded(3), 'overloaded'], [timedOut(5), 'timeout'], [shuttingDown(), 'service_unavailable'],
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
  t.match(toMessage(engineFailed(bare)), { code: 'deepface_error', cause: 'no stack' })
  t.notMatch(toMessage(engineFailed(new Error('secret'))).message, /secret/)
})

/** Errors that the fake engine throws, because only a real engine finds them. */
const thrown: Partial<Record<ErrorCode, FaceError>> = {
  spoof_detected: new FaceError('spoof_detected', 'This is a photo of a photo.'),
  overloaded: overloaded(128),
  conflict: new FaceError('conflict', 'It exists.'),
  deepface_error: engineFailed(new Error('/srv/secret.onnx'))
}

t.test('every code over HTTP', async (t) => {
  const log = { info: () => {}, debug: () => {} }
  const app = await build(t, {
    intake: openIntake({ allowPrivateUrls: false, urlAllowedHosts: [], maxImageBytes: 100, urlTimeoutMs: 1000, log }),
    engine: {
      async extract (image) {
        throw thrown[Buffer.from(image).toString() as ErrorCode] ?? new TypeError('/srv/secret.ts is not a function')
      }
    }
  })
  const guarded = await build(t, { env: { API_KEYS: 'models-0123456789abcdef:models,other-0123456789abcdef', RATE_LIMIT: '3/day', FACES_DB_PATH: '/srv/secret' } })
  const homeless = await build(t, { env: { FACES_DB_PATH: '/srv/secret' } })
  const hasty = await build(t, {
    env: { REQUEST_TIMEOUT_MS: '20' },
    engine: { extract: (_image, _options, { signal } = {}) => new Promise((_resolve, reject) => signal!.addEventListener('abort', () => reject(signal!.reason))) }
  })
  const image = (text: string) => `data:image/png;base64,${Buffer.from(text).toString('base64')}`
  const represent = '/api/v1/represent'
  const post = (payload: object, url = '/api/v1/extract_faces', headers = {}) => app.inject({ method: 'POST', url, payload, headers })
  const models = (key: string) => guarded.inject({ url: '/api/v1/models', headers: { 'x-api-key': key } })

  const ways: Record<ErrorCode, () => ReturnType<typeof post>> = {
    ...Object.fromEntries(Object.keys(thrown).map((code) => [code, () => post({ img: image(code) })])) as Record<ErrorCode, () => ReturnType<typeof post>>,
    validation_error: () => post({}),
    image_decode_error: () => post({ img: 'nothing' }),
    image_too_large: () => post({ img: image('x'.repeat(101)) }),
    no_face_detected: () => post({ img: image('-') }, represent),
    db_not_found: () => homeless.inject({ method: 'POST', url: '/api/v1/find', payload: { img: 'data:,a' } }),
    service_unavailable: () => post({ img: image('a') }, '/api/v1/find'),
    model_unavailable: () => post({ img: image('a'), model_name: ABSENT }, represent),
    unauthorized: () => models('a guess'),
    forbidden: () => guarded.inject({ url: '/metrics', headers: { authorization: 'Bearer models-0123456789abcdef' } }),
    rate_limited: async () => {
      for (let i = 0; i < 3; i++) await models('other-0123456789abcdef')
      return await models('other-0123456789abcdef')
    },
    not_found: () => app.inject('/nowhere'),
    method_not_allowed: () => app.inject(represent),
    not_acceptable: () => post({ img: image('a') }, represent, { accept: 'text/html' }),
    unsupported_media_type: () => app.inject({ method: 'POST', url: represent, payload: 'img', headers: { 'content-type': 'text/plain' } }),
    internal_error: () => post({ img: image('other') }),
    timeout: () => hasty.inject({ method: 'POST', url: '/api/v1/extract_faces', payload: { img: 'data:,a' } })
  }

  const answers = new Map<string, Awaited<ReturnType<typeof post>>>()
  for (const [code, { status }] of Object.entries(ERRORS)) {
    const response = await ways[code as ErrorCode]()
    answers.set(code, response)
    const body = response.json()
    t.match({ status: response.statusCode, body }, { status, body: { success: false, error_code: code, message: /.\.$/ } }, code)
    t.equal(body.request_id, response.headers['x-request-id'], `${code} has its request id`)
    t.ok(Number(response.headers['x-response-time-ms']) >= 0, `${code} has its time`)
    t.match(response.headers['content-type'], 'application/json')
    t.notMatch(response.body, /secret|stack|0123456789/, `${code} keeps our secrets`)
  }
  const headers = (code: ErrorCode) => answers.get(code)!.headers
  t.equal(headers('overloaded')['retry-after'], '1')
  t.ok(Number(headers('rate_limited')['retry-after']) > 0)
  t.equal(headers('rate_limited')['ratelimit-remaining'], '0')
  t.equal(headers('method_not_allowed').allow, 'POST')
  t.match(headers('unauthorized')['www-authenticate'], 'Bearer')
})

t.test('a log line of an error has its cause and its request id, the answer neither stack nor cause', async (t) => {
  const lines: string[] = []
  const app = await build(t, {
    engine: { extract: async () => { throw engineFailed(new Error('the disk burns')) } },
    server: { logger: { level: 'info', stream: { write: (line: string) => { lines.push(line) } } } }
  })
  const response = await app.inject({ method: 'POST', url: '/api/v1/extract_faces?token=hunter2', payload: { img: 'data:,a' }, headers: { 'x-request-id': 'mine', authorization: 'hunter2' } })
  t.notMatch(response.body, 'burns')
  t.ok(lines.map((line) => JSON.parse(line)).some(({ level, request_id: id, err }) => level === 50 && id === 'mine' && /the disk burns/.test(err?.message)))
})
