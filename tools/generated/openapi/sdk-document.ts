import { isObject, type Json, type JsonObject, mapOperations, nameOf } from '../../../src/schemas/document/json.ts'

/**
 * Makes the document from which clients are generated: generators give an operation one body and one answer, and send what has a default. The
 * addresses stay those of the service: clients do not send the fragment of `/api/v1/verify#upload`.
 *
 * - An operation that takes JSON and a form becomes two: `verify` and `verifyUpload`.
 * - One that takes an image or several, with an answer for each kind, becomes two: `detect` and `detectEach`.
 * - Defaults of request bodies become words: a client that sends them would overrule those of the service.
 * - Conditions between fields go, and answers other than JSON where there is one in JSON.
 */
export function sdkDocument<Document extends object> (document: Document): Document {
  const { components, paths, ...rest } = document as JsonObject
  const schemas: JsonObject = { ...((components as JsonObject)['schemas'] as JsonObject) }
  const split: JsonObject = {}
  for (const [path, operations] of Object.entries(paths as JsonObject)) {
    for (const [method, operation] of Object.entries(operations as JsonObject)) {
      for (const { fragment, ...one } of variantsOf(operation as JsonObject, schemas)) {
        const address = fragment === '' ? path : `${path}#${fragment}`
        split[address] = { ...(split[address] as JsonObject | undefined), [method]: one.operation }
      }
    }
  }
  const whole = mapOperations({ ...rest, paths: split, components: { ...(components as JsonObject), schemas } }, jsonOnly)
  for (const name of bodiesOf(whole)) schemas[name] = withoutDefaults(schemas[name] as JsonObject)
  return { ...whole, components: { ...whole.components, schemas: used(whole, schemas) } } as unknown as Document
}

interface Variant {
  readonly fragment: string
  readonly operation: JsonObject
}

function variantsOf (operation: JsonObject, schemas: JsonObject): Variant[] {
  const body = operation['requestBody']
  const content = isObject(body) && isObject(body['content']) ? body['content'] : {}
  const several = Object.entries(content)
  if (several.length === 0) return [{ fragment: '', operation }]
  return several.flatMap(([type, media]): Variant[] => {
    const isForm = type === 'multipart/form-data'
    const one = {
      ...operation,
      operationId: `${operation['operationId']}${isForm ? 'Upload' : ''}`,
      summary: `${operation['summary']}${isForm ? ' (files)' : ''}`,
      requestBody: { ...(body as JsonObject), content: { [type]: media! } }
    }
    return oneOrEach({ fragment: isForm ? 'upload' : '', operation: one }, type, schemas)
  })
}

/** The variants for one image and for several, where an operation takes both. */
function oneOrEach ({ fragment, operation }: Variant, type: string, schemas: JsonObject): Variant[] {
  const { schema, ...media } = contentOf(operation['requestBody'])[type] as JsonObject
  const name = nameOf((schema as JsonObject)['$ref'])
  const { properties, ...input } = (schemas[name] ?? {}) as JsonObject
  const answers = isObject(operation['responses']) && isObject(operation['responses']['200']) ? operation['responses']['200'] : {}
  const answer = (contentOf(answers)['application/json'] as JsonObject | undefined)?.['schema']
  const kinds = isObject(answer) ? answer['anyOf'] : undefined
  if (!isObject(properties) || !('img' in properties) || !('images' in properties) || !Array.isArray(kinds)) return [{ fragment, operation }]
  const [forOne, forEach] = kinds as [Json, Json]

  const { img, images, ...others } = properties
  const each = name.replace(/Input/, 'EachInput')
  schemas[name] = { ...without(input, 'oneOf'), properties: { img: img!, ...others }, required: ['img'] }
  // The Go that openapi-generator writes for a required list of files does not compile.
  const required = type === 'multipart/form-data' ? {} : { required: ['images'] }
  schemas[each] = { ...without(input, 'oneOf', 'examples', 'example'), title: each, properties: { images: images!, ...others }, ...required }
  const answering = (kind: Json): JsonObject => ({
    ...(operation['responses'] as JsonObject),
    200: { ...answers, content: { 'application/json': { schema: kind, ...(kind === forOne && exampleOf(answers)) } } }
  })
  return [
    { fragment, operation: { ...operation, responses: answering(forOne) } },
    {
      fragment: fragment === '' ? 'each' : `each-${fragment}`,
      operation: {
        ...operation,
        operationId: String(operation['operationId']).replace(/(Upload)?$/, 'Each$1'),
        summary: `${String(operation['summary']).replace(/ \(files\)$/, '')}, of several pictures${fragment === '' ? '' : ' (files)'}`,
        requestBody: {
          ...(operation['requestBody'] as JsonObject),
          content: { [type]: { ...without(media, 'example', 'examples'), schema: { $ref: `#/components/schemas/${each}` } } }
        },
        responses: answering(forEach)
      }
    }
  ]
}

const contentOf = (value: Json | undefined): JsonObject => isObject(value) && isObject(value['content']) ? value['content'] : {}
const exampleOf = (answer: JsonObject): JsonObject => {
  const example = (contentOf(answer)['application/json'] as JsonObject | undefined)?.['example']
  return example === undefined ? {} : { example }
}
const without = (value: JsonObject, ...keys: string[]): JsonObject => Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)))

/** Leaves out the other media types of an answer that there is in JSON. */
function jsonOnly (operation: JsonObject): JsonObject {
  const responses = Object.entries(operation['responses'] as JsonObject).map(([status, response]) => {
    const json = contentOf(response)['application/json']
    return [status, json === undefined ? response : { ...(response as JsonObject), content: { 'application/json': json } }]
  })
  return { ...operation, responses: Object.fromEntries(responses) }
}

/** Names of the schemas of request bodies. */
function bodiesOf (document: JsonObject): Set<string> {
  const names = new Set<string>()
  mapOperations(document, (operation) => {
    for (const media of Object.values(contentOf(operation['requestBody']))) {
      const schema = isObject(media) ? media['schema'] : undefined
      if (isObject(schema) && '$ref' in schema) names.add(nameOf(schema['$ref']))
    }
    return operation
  })
  return names
}

function withoutDefaults (schema: JsonObject): JsonObject {
  const properties = Object.entries((schema['properties'] ?? {}) as JsonObject).map(([name, property]) => {
    const { default: preset, ...rest } = property as JsonObject
    if (preset === undefined) return [name, rest]
    return [name, { ...rest, description: `${String(rest['description'] ?? '')} Left out: \`${JSON.stringify(preset)}\`, unless the service is configured otherwise.`.trimStart() }]
  })
  return { ...without(schema, 'oneOf', 'if', 'then'), properties: Object.fromEntries(properties) }
}

/** The schemas to which a document still refers. */
function used (document: JsonObject, schemas: JsonObject): JsonObject {
  const names = new Set<string>()
  const collect = (value: Json): void => {
    for (const [, name] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/(\w+)"/g)) {
      if (names.has(name!)) continue
      names.add(name!)
      collect(schemas[name!]!)
    }
  }
  const { components, paths } = document
  collect(paths!)
  collect((components as JsonObject)['responses']!)
  return Object.fromEntries(Object.entries(schemas).filter(([name]) => names.has(name)).sort(([a], [b]) => a < b ? -1 : 1))
}
