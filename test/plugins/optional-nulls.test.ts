import t from 'tap'
import type { FaceEngine } from '../../src/engine/face-engine.ts'
import { withoutNulls } from '../../src/schemas/optional-nulls.ts'
import { build, spelling } from '../build.ts'

/** A body that each route accepts, in an order in which they can be sent. */
const BODIES: Readonly<Record<string, object>> = {
  'post /api/v1/verify': { img1: 'data:,a', img2: 'data:,a' },
  'post /api/v1/represent': { img: 'data:,a' },
  'post /api/v1/analyze': { img: 'data:,a' },
  'post /api/v1/detect': { img: 'data:,a' },
  'post /api/v1/extract_faces': { img: 'data:,a' },
  'post /api/v1/find': { img: 'data:,a' },
  'post /api/v1/collections': { id: 'c' },
  'patch /api/v1/collections/{collection}': {},
  'post /api/v1/collections/{collection}/subjects': { id: 'ann' },
  'patch /api/v1/collections/{collection}/subjects/{subject}': { name: null },
  'post /api/v1/collections/{collection}/subjects/{subject}/faces': { img: 'data:,a', quality_check: false },
  'post /api/v1/collections/{collection}/search': { img: 'data:,a' },
  'post /api/v1/collections/{collection}/subjects/{subject}/verify': { img: 'data:,a' },
  'post /api/v1/collections/{collection}/cluster': { imgs: ['data:,a'] },
  'post /api/v1/collections/{collection}/cluster-jobs': {},
  'post /represent': { img: 'data:,a' },
  'post /verify': { img1: 'data:,a', img2: 'data:,a' },
  'post /analyze': { img: 'data:,a' },
  'post /register': { img: 'data:,b', model_name: 'SFace' },
  'post /search': { img: 'data:,b', model_name: 'SFace' },
  'post /build/index': { model_name: 'SFace' }
}

t.test('null in every optional field of every route is as if the field was left out', async (t) => {
  const represent: FaceEngine['represent'] = (image, options, call) => spelling.represent(image, { ...options, pipeline: 'native' }, call)
  const app = await build(t, { engine: { represent }, env: { FACES_DB_PATH: t.testdir({ ann: {} }) } })
  const { paths, components: { schemas } } = (await app.inject('/docs/json')).json()
  const propertiesOf = (schema: any): Record<string, object> => schema.$ref ? propertiesOf(schemas[schema.$ref.split('/').at(-1)]) : schema.properties ?? {}
  const operations = Object.entries<any>(paths).flatMap(([path, methods]) => Object.entries<any>(methods).flatMap(([method, { requestBody }]) =>
    requestBody?.content['application/json'] ? [[`${method} ${path}`, propertiesOf(requestBody.content['application/json'].schema)] as const] : []))
  t.strictSame(new Set(Object.keys(BODIES)), new Set(operations.map(([operation]) => operation)), 'every route with a JSON body is here')

  for (const [operation, body] of Object.entries(BODIES)) {
    const [method, path] = operation.split(' ') as [string, string]
    const nulls = Object.fromEntries(Object.keys(new Map<string, Record<string, object>>(operations).get(operation)!).map((name) => [name, null]))
    const url = path.replace('{collection}', 'c').replace('{subject}', 'ann')
    const response = await app.inject({ method: method.toUpperCase() as 'POST', url, payload: { ...nulls, ...body } })
    t.ok([200, 202].includes(response.statusCode), `${operation}: ${response.body.slice(0, 200)}`)
  }
  t.match((await app.inject({ method: 'POST', url: '/api/v1/analyze', payload: { img: null } })).json(), {
    error_code: 'validation_error', message: 'Request validation failed: img must be a string.'
  }, 'a required field may not be null')
})

t.test('what may be null stays, and so does what is required or free', async (t) => {
  const schema = {
    type: 'object',
    required: ['a'],
    properties: {
      a: { type: 'string' },
      b: { type: 'integer' },
      c: { type: ['string', 'null'] },
      d: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      e: { type: 'object', properties: { f: { type: 'string' } } },
      g: { type: 'array', items: { type: 'object', properties: { h: { type: 'number' } } } },
      i: { type: 'object', additionalProperties: true }
    }
  }
  const sent = { a: null, b: null, c: null, d: null, e: { f: null, x: null }, g: [{ h: null }, null], i: { j: null }, y: null }
  t.strictSame(withoutNulls(sent, schema), { a: null, c: null, d: null, e: { x: null }, g: [{}, null], i: { j: null }, y: null })
  t.equal(withoutNulls(null, schema), null)
  t.equal(withoutNulls('text', schema), 'text')
})
