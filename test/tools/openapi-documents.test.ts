import t from 'tap'
import { openapiDocument } from '../../tools/generated/openapi/document.ts'
import { openapi30 } from '../../tools/generated/openapi/openapi-3-0.ts'
import { sdkDocument } from '../../tools/generated/openapi/sdk-document.ts'

const operationsOf = (document: any): Array<{ path: string, operation: any }> => Object.entries<any>(document.paths).flatMap(([path, operations]) =>
  Object.values<any>(operations).map((operation) => ({ path, operation })))

/** Every object of a document, with the place where it stands. */
function * objectsIn (value: any, place = ''): Generator<{ place: string, value: any }> {
  if (typeof value !== 'object' || value === null) return
  if (!Array.isArray(value)) yield { place, value }
  for (const [key, each] of Object.entries(value)) if (!['example', 'examples'].includes(key)) yield * objectsIn(each, `${place}/${key}`)
}

const broken = (document: any): string[] => [...objectsIn(document)].flatMap(({ place, value: { $ref } }) =>
  typeof $ref !== 'string' || $ref.split('/').slice(1).reduce((at, key) => at?.[key], document) ? [] : [`${place}: ${$ref}`])

t.test('the documents for generators', async (t) => {
  const document: any = await openapiDocument()
  const sdk: any = sdkDocument(document)

  t.test('an operation has one body and one answer in JSON, and a name of its own', async (t) => {
    const operations = operationsOf(sdk)
    const names = operations.map(({ operation }) => operation.operationId)
    t.equal(new Set(names).size, names.length)
    for (const { operationId } of operationsOf(document).map(({ operation }) => operation)) t.ok(names.includes(operationId), operationId)
    for (const { path, operation: { operationId, requestBody, responses } } of operations) {
      t.ok(Object.keys(requestBody?.content ?? {}).length <= 1, operationId)
      t.equal(path.includes('#upload') || path.includes('-upload'), requestBody?.content['multipart/form-data'] !== undefined, operationId)
      const { content = {} } = responses['200'] ?? responses['202']
      t.ok(Object.keys(content).length <= 1, operationId)
    }
    t.strictSame(broken(sdk), [])
  })

  t.test('one image and several are operations of their own', async (t) => {
    const [one, each] = ['detect', 'detectEachUpload'].map((name) => operationsOf(sdk).find(({ operation }) => operation.operationId === name)!.operation)
    const schemaOf = ({ content }: any): any => sdk.components.schemas[Object.values<any>(content)[0].schema.$ref.split('/').at(-1)]
    t.match(schemaOf(one.requestBody), { properties: { img: { minLength: 1 }, images: undefined }, required: ['img'], oneOf: undefined })
    t.match(schemaOf(each.requestBody), { properties: { img: undefined, images: { type: 'array', items: { format: 'binary' } } }, required: undefined })
    t.match([schemaOf(one.responses['200']), schemaOf(each.responses['200'])], [{ title: 'DetectResult' }, { title: 'DetectResults' }])
  })

  t.test('no body has a default that would overrule the service', async (t) => {
    const bodies = operationsOf(sdk).flatMap(({ operation: { requestBody } }) =>
      Object.values<any>(requestBody?.content ?? {}).map(({ schema }) => schema.$ref))
    for (const name of bodies.filter(Boolean).map((ref: string) => ref.split('/').at(-1)!)) {
      for (const { place, value } of objectsIn(sdk.components.schemas[name].properties)) t.notOk('default' in value, `${name}${place}`)
    }
    t.match(sdk.components.schemas.VerifyInput.properties.model_name.description, 'Left out: `"SFace"`, unless')
    t.equal(document.components.schemas.VerifyInput.properties.model_name.default, 'SFace', 'the document that is served has them')
  })

  t.test('OpenAPI 3.0 has neither null nor lists of types, and nothing beside a reference', async (t) => {
    const old: any = openapi30(sdk)
    t.equal(old.openapi, '3.0.3')
    t.strictSame(broken(old), [])
    for (const { place, value } of objectsIn(old)) {
      const wrong = value.type === 'null' || Array.isArray(value.type) || ('$ref' in value && Object.keys(value).length > 1) || typeof value.exclusiveMinimum === 'number'
      if (wrong) t.fail(place)
    }
    const { Collection, SubjectVerified, VerifyInput } = old.components.schemas
    t.match(Collection.properties.threshold, { type: 'number', nullable: true })
    t.match(SubjectVerified.properties.facial_area, { anyOf: [{ $ref: /FacialArea$/ }, { nullable: true, enum: [null] }] })
    t.match(VerifyInput.properties.model_name, { allOf: [{ $ref: /ModelName$/ }], description: /recogniser/ })
  })
})
