import { readFile } from 'node:fs/promises'
import t from 'tap'
import { ERRORS } from '../src/errors.ts'
import { VERSION } from '../src/version.ts'
import { build } from './build.ts'

const read = async (path: string) => JSON.parse(await readFile(new URL(path, import.meta.url), 'utf8'))
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

t.test('OpenAPI', async (t) => {
  const app = await build(t)
  const document = (await app.inject('/docs/json')).json()
  const operations = Object.entries<Record<string, any>>(document.paths).flatMap(([path, methods]) =>
    Object.entries<any>(methods).filter(([method]) => METHODS.includes(method)).map(([method, operation]) => ({ path, method, operation })))

  t.test('is of this version', async (t) => {
    t.equal(document.openapi, '3.1.0')
    t.equal(document.info.version, (await read('../package.json')).version)
    t.equal(VERSION, document.info.version)
  })
  t.test('every reference leads somewhere', async (t) => {
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)) {
      const [, kind, own] = /^#\/components\/(schemas|responses|headers)\/([\w-]+)$/.exec(name!) ?? []
      t.ok(document.components[kind!]?.[own!], name!)
    }
  })
  t.test('no list of values is written twice, and no schema has a list of types', async (t) => {
    const text = JSON.stringify(document)
    for (const name of ['ModelName', 'DetectorBackend', 'DistanceMetric', 'Normalization', 'Pipeline', 'ErrorCode']) {
      t.equal(text.split(`"enum":${JSON.stringify(document.components.schemas[name].enum)}`).length, 2, name)
    }
    t.notMatch(text, /"type":\[/, 'some generators fail on these')
    t.strictSame(document.components.schemas.AntiSpoofing.oneOf, [{ type: 'boolean' }, { type: 'string', enum: ['report'] }])
    t.match(document.components.schemas.VerifyInput.properties, {
      model_name: { $ref: /ModelName$/, default: 'SFace', description: /recogniser/ },
      img1: { $ref: /ImageOrEmbedding$/, description: /The one image/ }
    })
    t.strictSame(document.components.schemas.FacialArea.properties.left_eye.oneOf, [{ type: 'array', items: { type: 'integer', format: 'int32' }, minItems: 2, maxItems: 2 }, { type: 'null' }])
  })
  t.test('every operation has a name of its own, a tag, a summary and a description', async (t) => {
    const ids = operations.map(({ operation }) => operation.operationId)
    t.equal(new Set(ids).size, ids.length)
    const tags = document.tags.map(({ name }: { name: string }) => name)
    for (const { path, operation } of operations) {
      t.match(operation, { operationId: /^[a-z][A-Za-z]+$/, summary: /\w/, description: /\w.*\.$/ }, path)
      t.ok(tags.includes(operation.tags[0]), path)
    }
  })
  t.test('every body that may hold an image: JSON and a form with files, and an example; any other has an example too', async (t) => {
    for (const { path, operation } of operations.filter(({ operation }) => operation.requestBody)) {
      const { content } = operation.requestBody
      const [[type, first]] = Object.entries<any>(content) as [[string, any]]
      t.ok(type === 'application/x-ndjson' || first.example, path)
      const schema = document.components.schemas[first.schema.$ref?.split('/').at(-1)]
      if (!schema || !Object.keys(schema.properties).some((name) => name.startsWith('img'))) continue
      t.strictSame(Object.keys(content), ['application/json', 'multipart/form-data'], path)
      t.ok(content['application/json'].example, path)
      const form = document.components.schemas[content['multipart/form-data'].schema.$ref.split('/').at(-1)]
      t.match(Object.values<any>(form.properties).map(({ format, items }) => format ?? items?.format), ['binary'], `${path}: files come first`)
      t.equal(form.additionalProperties, false)
    }
  })
  t.test('every answer has an example that fits its schema', async (t) => {
    const { default: ajv } = await import('ajv/dist/2020.js') as any
    const validator = new (ajv.default ?? ajv)({ strict: false, validateFormats: false })
    validator.addSchema({ $id: 'doc', components: document.components })
    const rooted = (schema: object) => JSON.parse(JSON.stringify(schema).replaceAll('"#/components', '"doc#/components'))
    for (const { path, operation } of operations) {
      const own = (response: any) => response.$ref ? document.components.responses[response.$ref.split('/').at(-1)] : response
      const responses = Object.entries<any>(operation.responses).filter(([status]) => status !== 'default').map(([status, response]) => [status, own(response).content])
      for (const [where, media] of [['body', operation.requestBody?.content], ...responses]) {
        const json = media?.['application/json']
        if (!json) continue
        t.ok(json.example, `${path} ${where}`)
        const valid = validator.validate(rooted(json.schema), json.example)
        t.ok(valid, `${path} ${where} ${validator.errorsText()}`)
      }
    }
  })
  t.test('every status of an error is one of the table', async (t) => {
    const statuses = new Set(Object.values(ERRORS).map(({ status }) => String(status)))
    for (const { path, operation } of operations) {
      for (const status of Object.keys(operation.responses)) t.ok(['200', '202', 'default'].includes(status) || statuses.has(status), `${path} ${status}`)
    }
  })
})

t.test('the document is served in JSON and YAML, without a key', async (t) => {
  const app = await build(t, { env: { API_KEYS: 'a-key-of-some-length:faces' } })
  const json = await app.inject('/openapi.json')
  t.match(json.json(), { openapi: '3.1.0', servers: [{ url: '/' }], security: [{ apiKey: [] }, { bearer: [] }] })
  const yaml = await app.inject('/openapi.yaml')
  t.match(yaml.headers['content-type'], 'application/yaml')
  t.match(yaml.body, /^openapi: 3\.1\.0/)
})

t.test('/docs is served from here', async (t) => {
  const app = await build(t)
  const page = await app.inject('/docs')
  t.equal(page.statusCode, 200)
  t.notMatch(page.body, /https?:\/\//, 'no asset from elsewhere')
  t.equal((await app.inject('/docs/static/swagger-ui-bundle.js')).statusCode, 200)
})
