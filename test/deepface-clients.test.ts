/** The requests that public clients of DeepFace's own service send, field by field. */
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import t from 'tap'
import type { FaceEngine } from '../src/engine/face-engine.ts'
import { openIntake } from '../src/intake/intake.ts'
import { build, spelling } from './build.ts'
import { gradient } from './fixtures/images.ts'
import { SAMPLES } from './real.ts'

const face = { x: 10, y: 20, w: 100, h: 120, left_eye: [81, 61], right_eye: [30, 60] }
const NOWHERE = { x: null, y: null, w: null, h: null, left_eye: null, right_eye: null }
const represented = { results: [{ embedding: { length: 128 }, facial_area: face, face_confidence: 0.99 }] }
const alike = { verified: true, distance: 0, model: /./, similarity_metric: /./, threshold: Number, time: Number, facial_areas: { img1: face, img2: face } }
const described = { results: [{ age: 31, dominant_gender: 'Woman', region: face }] }
const refused = (doing: string, message: RegExp) => ({ success: false, error_code: String, message, error: new RegExp(`^Exception while ${doing}: .*${message.source}`), exception: message })

t.test('every request of DeepFace\'s clients', async (t) => {
  const [ann, bob, nobody] = await Promise.all([readFile(new URL('sample1.jpg', SAMPLES)), readFile(new URL('sample2.jpg', SAMPLES)), gradient(1, 1).png().toBuffer()])
  // Sees one person on each of the two photos, in the deepface pipeline alone.
  const letter = (image: Uint8Array): Uint8Array => Buffer.from(ann.equals(image) ? 'a' : bob.equals(image) ? 'b' : '-')
  const engine: Partial<FaceEngine> = {
    represent: async (image, options, call) => {
      t.equal(options.pipeline, 'deepface')
      return await spelling.represent(letter(image), { ...options, pipeline: 'native' }, call)
    },
    analyze: async (image, options, call) => await spelling.analyze(letter(image), options, call)
  }
  const photos = createServer((_, response) => response.end(ann)).listen(0, '127.0.0.1')
  t.teardown(() => photos.close())
  await once(photos, 'listening')
  const url = `http://127.0.0.1:${(photos.address() as AddressInfo).port}/ann.jpg`
  const root = t.testdir({ 'ann.jpg': ann })
  const log = { warn: () => {} } as never
  const intake = openIntake({ imagesRoot: root, allowPrivateUrls: true, urlAllowedHosts: [], maxImageBytes: 10e6, urlTimeoutMs: 5_000, log })
  const app = await build(t, { engine, intake })
  const origin = await app.listen({ host: '127.0.0.1', port: 0 })

  const base64 = ann.toString('base64')
  const uri = `data:image/jpeg;base64,${base64}`
  const json = (body: object, headers: Record<string, string> = {}): RequestInit => ({ method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } })
  /** A form of text parts and, where a value is bytes, files; a list makes several parts. */
  const form = (fields: Record<string, string | Buffer | ReadonlyArray<string | Buffer>>): RequestInit => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) {
      for (const part of [value].flat()) {
        if (typeof part === 'string') body.append(name, part)
        else body.append(name, new Blob([Uint8Array.from(part as Buffer)], { type: 'image/jpeg' }), 'photo.jpg')
      }
    }
    return { method: 'POST', body }
  }
  const model = { model_name: 'Facenet', detector_backend: 'opencv' }

  const ROWS: ReadonlyArray<readonly [client: string, path: string, init: RequestInit, status: number, shape: object]> = [
    ['Postman: form', '/represent', form({ img: ann, ...model }), 200, represented],
    ['Postman: JSON', '/represent', json({ img: uri, ...model }), 200, represented],
    ['Postman: verify', '/verify', json({ img1: uri, img2: 'ann.jpg', ...model, detector_backend: 'mtcnn', distance_metric: 'euclidean', align: true, enforce_detection: true }), 200, alike],
    ['Postman: verify, form', '/verify', form({ img1: ann, img2: ann, ...model }), 200, alike],
    ['Postman: analyze with fields that are switched off', '/analyze', json({ img: uri, __img: 'x', __actions: ['age'], actions: ['age', 'gender', 'emotion', 'race'] }), 200, described],
    ['Postman: analyze, form', '/analyze', form({ img: ann, actions: '[age, gender]' }), 200, described],
    ['httpx: multipart booleans', '/represent', form({ img: ann, ...model, enforce_detection: 'false', align: 'true' }), 200, represented],
    ['httpx: the same without a face', '/represent', form({ img: nobody, ...model, enforce_detection: 'false', align: 'true' }), 200, { results: [{ embedding: { length: 128 } }] }],
    ['httpx: is it there?', '/', {}, 200, {}],
    ['OSINT: /detect', '/detect', json({ img: uri }), 404, { error_code: 'not_found' }],
    ['OSINT: /build-index', '/build-index', json({}), 404, { error_code: 'not_found' }],
    ['Spring: img_path', '/analyze', json({ img_path: uri, actions: ['age'] }), 422, refused('analyzing', /img is required/)],
    ['Spring, NestJS, Go, axios: img1_path', '/verify', json({ img1_path: uri, img2_path: uri }), 422, refused('verifying', /img1 is required; img2 is required/)],
    ['Go: bare base64', '/represent', json({ img: base64, ...model }), 200, represented],
    ['Go: verify, bare base64', '/verify', json({ img1: base64, img2: base64, ...model }), 200, alike],
    ['Go: actions []', '/analyze', json({ img: uri, actions: [] }), 422, refused('analyzing', /at least 1 item/)],
    ['Go, older: model and detector', '/represent', json({ img: uri, model: 'Facenet', detector: 'opencv', ...model }), 200, represented],
    ['RestTemplate', '/represent', form({ img: ann, ...model, enforce_detection: 'true', anti_spoofing: 'false' }), 200, represented],
    ['C#: Accept', '/represent', json({ img: uri, ...model }, { accept: 'application/json' }), 200, represented],
    ['C#: euclidean_l2', '/verify', json({ img1: uri, img2: uri, ...model, distance_metric: 'euclidean_l2' }), 200, alike],
    ['NestJS: image/jpg', '/represent', json({ img: `data:image/jpg;base64,${base64}`, ...model }), 200, represented],
    ['Laravel: two files and nothing else', '/verify', form({ img1: ann, img2: ann }), 200, alike],
    ['Laravel: actions[]', '/analyze', form({ img: ann, 'actions[]': ['age', 'gender'] }), 200, described],
    ['PHP: actions[0]', '/analyze', form({ img: ann, 'actions[0]': 'age', 'actions[1]': 'gender' }), 200, described],
    ['Laravel: /extract_faces', '/extract_faces', form({ img: ann }), 404, { error_code: 'not_found' }],
    ['form-data: img alone', '/represent', form({ img: ann }), 200, represented],
    ['Laravel: a URL', '/represent', json({ img: url, ...model, enforce_detection: false }), 200, represented],
    ['React: verify', '/verify', json({ img1: uri, img2: uri, ...model, anti_spoofing: false }), 200, alike],
    ['React: analyze', '/analyze', json({ img: uri, anti_spoofing: false }), 200, described],
    ['requests: files={"file"}', '/verify', form({ file: ann, model: 'Facenet', metric: 'cosine', backend: 'opencv' }), 422, refused('verifying', /img1 is required; img2 is required/)],
    ['requests: a file too many', '/represent', form({ img: ann, mask: bob, ...model }), 200, represented],
    ['auramask: align false', '/represent', json({ img: uri, ...model, align: false }), 200, represented],
    ['tRPC: img ""', '/represent', json({ img: '', ...model }), 422, refused('representing', /img must not be empty/)],
    ['pydantic: null', '/represent', json({ img: uri, ...model, max_faces: null, anti_spoofing: null, align: null }), 200, represented],
    ['pydantic: img null', '/represent', json({ img: null }), 422, refused('representing', /img must be/)],
    ['README: actions as text', '/analyze', json({ img: uri, actions: 'age,gender' }), 200, described],
    ['actions as Python writes them', '/analyze', json({ img: uri, actions: "['age', 'gender']" }), 200, described],
    ['actions as a tuple', '/analyze', json({ img: uri, actions: "('age', 'gender')" }), 200, described],
    ['actions as JSON in text', '/analyze', json({ img: uri, actions: '["age","gender"]' }), 200, described],
    ['one action', '/analyze', json({ img: uri, actions: 'age' }), 200, { results: [{ age: 31, dominant_gender: undefined }] }],
    ['one action, form', '/analyze', form({ img: ann, actions: 'age' }), 200, { results: [{ age: 31, dominant_gender: undefined }] }],
    ['actions as Python writes them, form', '/analyze', form({ img: ann, actions: "['age', 'gender']" }), 200, described],
    ['an unknown action', '/analyze', json({ img: uri, actions: 'age,height' }), 422, refused('analyzing', /actions.1 must be one of/)],
    ['urlencoded', '/represent', { method: 'POST', body: new URLSearchParams({ img: url }) }, 415, refused('representing', /application\/json or multipart\/form-data/)],
    ['an embedding', '/verify', json({ img1: uri, img2: Array(128).fill(0).map((_, i) => i === 0 ? 1 : 0), ...model }), 200, { ...alike, facial_areas: { img1: face, img2: NOWHERE } }],
    ['two embeddings', '/verify', json({ img1: Array(128).fill(1), img2: Array(128).fill(1), ...model }), 200, { ...alike, facial_areas: { img1: NOWHERE, img2: NOWHERE } }],
    ['a list of images', '/represent', json({ img: [uri, 'ann.jpg'], ...model }), 200, { results: [represented.results, represented.results] }],
    ['a list of one image', '/represent', json({ img: [uri], ...model }), 200, represented],
    ['a list of images, analyze', '/analyze', json({ img: [uri, base64] }), 200, { results: [described.results, described.results] }],
    ['a list of one image, analyze', '/analyze', json({ img: [uri] }), 200, { results: [described.results] }],
    ['several files', '/represent', form({ img: [ann, ann], ...model }), 200, { results: [represented.results, represented.results] }],
    ['a list with an image that cannot be read', '/represent', json({ img: [uri, 'nowhere.jpg'], ...model }), 400, refused('representing', /image path/)],
    ['an empty list', '/represent', json({ img: [], ...model }), 422, refused('representing', /at least 1 item/)],
    ['no face', '/represent', form({ img: nobody, ...model }), 422, refused('representing', /[Nn]o face could be detected/)],
    ['no img', '/represent', json({ ...model }), 422, refused('representing', /img is required/)],
    ['no such file', '/represent', json({ img: 'nowhere.jpg' }), 400, refused('representing', /image path/)],
    ['GET', '/represent', {}, 405, { message: /POST/ }],
    ['an unknown model', '/represent', json({ img: uri, model_name: 'Facenet9' }), 422, refused('representing', /model_name must be one of/)],
    ['booleans as text', '/represent', json({ img: nobody.toString('base64'), ...model, enforce_detection: 'false' }), 200, { results: [{}] }],
    ['booleans as numbers', '/represent', json({ img: nobody.toString('base64'), ...model, enforce_detection: 0, align: 1 }), 200, { results: [{}] }],
    ['a boolean that Python takes for true', '/represent', json({ img: nobody.toString('base64'), ...model, enforce_detection: 'nein' }), 422, refused('representing', /[Nn]o face/)],
    ['data: without base64', '/represent', json({ img: `data:image/jpeg,${base64}`, ...model }), 200, represented],
    ['base64 with line breaks', '/represent', json({ img: base64.replace(/.{76}/g, '$&\r\n'), ...model }), 200, represented],
    ['max_faces in a form', '/represent', form({ img: ann, ...model, max_faces: '1' }), 200, represented],
    ['max_faces as text', '/represent', json({ img: uri, ...model, max_faces: '1' }), 200, represented],
    ['booleans as Python writes them', '/represent', form({ img: nobody, ...model, enforce_detection: 'False', align: 'False' }), 200, { results: [{}] }],
    ['{}', '/analyze', json({}), 422, refused('analyzing', /img is required/)],
    ['no body', '/represent', { method: 'POST' }, 422, refused('representing', /img is required/)],
    ['a field too many', '/represent', json({ img: uri, ...model, normalization: 'raw', pipeline: 'native' }), 200, represented],
    ['no JSON', '/represent', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' } }, 422, refused('representing', /not valid JSON/)],

    ['search before anything is registered', '/search', json({ img: uri, ...model }), 404, refused('searching', /You must call register/)],
    ['index of nothing', '/build/index', json(model), 404, refused('building index', /You must call register/)],
    ['register', '/register', json({ img: uri, img_name: 'ann.jpg', ...model, expand_percentage: '0' }), 200, { inserted: 1 }],
    ['register again', '/register', form({ img: ann, img_name: 'again.jpg', ...model }), 200, { inserted: 0 }],
    ['register a list, one of which is there', '/register', json({ img: [uri, bob.toString('base64'), bob.toString('base64')], img_name: 'both', ...model }), 200, { inserted: 1 }],
    ['build/index, JSON', '/build/index', json(model), 200, { message: 'Index built successfully' }],
    ['build/index, form', '/build/index', form(model), 200, { message: 'Index built successfully' }],
    ['build/index without content type', '/build/index', { method: 'POST', body: Buffer.from(JSON.stringify(model)) }, 200, { message: 'Index built successfully' }],
    ['search', '/search', json({ img: uri, ...model, k: null }), 200, { results: [[{ img_name: 'ann.jpg', distance_metric: 'cosine' }]] }],
    ['search, a list', '/search', json({ img: [uri, bob.toString('base64')], ...model }), 200, { results: [[{ img_name: 'ann.jpg' }], [{ img_name: 'both' }]] }],
    ['search, form', '/search', form({ img: ann, ...model, k: '1', similarity_search: 'True' }), 200, { results: [[{ img_name: 'ann.jpg' }]] }],
    ['ann', '/search', json({ img: uri, ...model, search_method: 'ann', distance_metric: 'cosine' }), 200, { results: [[{ img_name: 'ann.jpg', distance_metric: 'euclidean', search_method: 'ann' }]] }],
    ['register at length 1', '/register', json({ img: uri, img_name: 'ann.jpg', ...model, l2_normalize: 'true' }), 200, { inserted: 1 }],
    ['ann at length 1', '/search', json({ img: uri, ...model, search_method: 'ann', l2_normalize: true, distance_metric: 'euclidean' }), 200, { results: [[{ distance_metric: 'cosine' }]] }]
  ]
  for (const [client, path, init, status, shape] of ROWS) {
    const response = await fetch(origin + path, init)
    const text = await response.text()
    t.equal(response.status, status, `${client}: ${text.slice(0, 300)}`)
    t.match(JSON.parse(text), shape, client)
  }
  const none = await fetch(`${origin}/build/index`, { method: 'POST' })
  t.equal(none.status, 404, 'without a body: the index of the default model, of which there are no rows')
})
