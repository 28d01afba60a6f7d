/** Transforms of the OpenAPI document that the routes have written. None of them knows an endpoint. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Moves every schema with a `title` to `components.schemas` under that name and puts a `$ref` in its place, so that generated clients have named types. */
export function named<Document extends object> (document: Document): Document {
  const schemas: JsonObject = {}
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, DATA.includes(key) ? each : walk(each)]))
    const title = walked['title']
    if (typeof title !== 'string' || !isSchema(walked)) return walked
    // The description of one use (which errors, which example) stays with that use.
    const { description, ...schema } = walked
    if (schema['type'] !== 'object') {
      const { default: preset, ...list } = schema
      schemas[title] ??= list
      return { $ref: `#/components/schemas/${title}`, ...(description !== undefined && { description }), ...(preset !== undefined && { default: preset }) }
    }
    const known = schemas[title]
    schemas[title] = known ?? { ...schema, ...(title !== 'ErrorResponse' && description !== undefined && { description }) }
    return { $ref: `#/components/schemas/${title}` }
  }
  const { components, ...rest } = document as JsonObject
  const walked = walk(rest) as JsonObject
  const sorted = Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a < b ? -1 : 1))
  return { ...walked, components: { ...(isObject(components) ? components : {}), schemas: sorted } } as Document
}

/** Keys that hold data, not schemas: they are copied unread. */
const DATA = ['example', 'examples', 'default', 'enum']

const isSchema = (value: JsonObject): boolean => 'type' in value || 'properties' in value || 'anyOf' in value

/** Keywords by the type that they constrain. Other keywords apply to all types. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'additionalProperties', 'required', 'minProperties', 'maxProperties']
}
const OF_A_TYPE = Object.values(KEYWORDS).flat()

/** Replaces a list of types by alternatives of one type each: Ajv validates lists fast, but some generators of clients fail on them. */
export function withAlternatives<Document extends object> (document: Document): Document {
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, DATA.includes(key) ? each : walk(each)]))
    const { type, ...rest } = walked
    if (!Array.isArray(type)) return walked
    const [own, shared] = [true, false].map((isOwn) => Object.fromEntries(Object.entries(rest).filter(([key]) => OF_A_TYPE.includes(key) === isOwn)))
    const { enum: values, ...common } = shared!
    const only = (name: string) => ({
      ...Object.fromEntries(Object.entries(own!).filter(([key]) => KEYWORDS[name]?.includes(key))),
      // Both booleans need no list.
      ...Array.isArray(values) && name === 'string' && { enum: values.filter((value) => typeof value === 'string') }
    })
    return { anyOf: type.map((name) => ({ type: name, ...only(String(name)) })), ...common }
  }
  return walk(document as Json) as Document
}

/** Turns the fields of forms that take images into file parts. */
export function withForms<Document extends object> (document: Document): Document {
  const copy = structuredClone(document) as JsonObject
  const paths = isObject(copy['paths']) ? Object.values(copy['paths']) : []
  for (const operation of paths.flatMap((path) => isObject(path) ? METHODS.map((method) => path[method]) : [])) {
    if (!isObject(operation) || !isObject(operation['requestBody']) || !isObject(operation['requestBody']['content'])) continue
    const form = operation['requestBody']['content']['multipart/form-data']
    if (!isObject(form) || !isObject(form['schema'])) continue
    const { example: _, examples: __, ...media } = form
    operation['requestBody']['content']['multipart/form-data'] = { ...media, schema: formSchema(form['schema']) }
  }
  return copy as Document
}

function formSchema ({ examples: _, ...schema }: JsonObject): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {}
  return {
    ...schema,
    title: `${String(schema['title'])}Form`,
    properties: Object.fromEntries(Object.entries(properties).map(([name, property]) =>
      [name, isObject(property) && /^(img|images$)/.test(name) ? inForm(property) : property]))
  }
}

/** An image becomes a file part, a list of images a list of file parts. */
const inForm = (property: JsonObject): JsonObject =>
  property['type'] === 'array' ? { ...property, items: filePart({}) } : filePart(property)

/** OpenAPI 3.1 describes binary parts by a media type without `type`; generators know `format: binary` better, hence both. */
const filePart = ({ description }: JsonObject): JsonObject => ({
  type: 'string', format: 'binary', contentMediaType: 'application/octet-stream', ...(description !== undefined && { description })
})

interface Document {
  readonly components?: object
  readonly paths?: Readonly<Record<string, object | undefined>>
}

export interface ApiKeyRules {
  /** Whether requests without a key are refused. When false, a key may still be sent: the committed document serves both kinds of installation. */
  readonly areRequired: boolean
  /** Whether a path needs no key in any case. */
  readonly isOpen: (path: string) => boolean
}

/** Adds the two ways to send an API key to the document. Every operation that is not open takes one. */
export function withApiKeys<Doc extends Document> (document: Doc, { areRequired, isOpen }: ApiKeyRules): Doc {
  const { components = {}, paths = {} } = document
  const open = (operations: object) => Object.fromEntries(Object.entries(operations).map(([method, operation]) => [method, { ...operation, security: [] }]))
  return {
    ...document,
    components: {
      ...components,
      securitySchemes: {
        apiKey: { type: 'apiKey', in: 'header', name: 'X-API-Key', description: 'One of API_KEYS.' },
        bearer: { type: 'http', scheme: 'bearer', description: 'One of API_KEYS.' }
      }
    },
    security: [...(areRequired ? [] : [{}]), { apiKey: [] }, { bearer: [] }],
    paths: Object.fromEntries(Object.entries(paths).map(([path, operations = {}]) => [path, isOpen(path) ? open(operations) : operations]))
  }
}
