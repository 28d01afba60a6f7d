/** What is done to the OpenAPI document after the routes have written it. Nothing here knows an endpoint. */

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }
type JsonObject = { [key: string]: Json }

const isObject = (value: unknown): value is JsonObject => typeof value === 'object' && value !== null && !Array.isArray(value)
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/** Every schema with a `title` moves to `components.schemas` under that name, and a `$ref` takes its place: clients get types with names. */
export function named<Document extends object> (document: Document): Document {
  const schemas: JsonObject = {}
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, DATA.includes(key) ? each : walk(each)]))
    const title = walked['title']
    if (typeof title !== 'string' || !isSchema(walked)) return walked
    // What is said of one use (which errors, which example) stays with that use.
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

/** Data, not schemas: nothing in there is looked at. */
const DATA = ['example', 'examples', 'default', 'enum']

const isSchema = (value: JsonObject): boolean => 'type' in value || 'properties' in value || 'anyOf' in value

/** Which types a keyword says something of. What is not here says something of all. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'additionalProperties', 'required', 'maxProperties']
}
const OF_A_TYPE = Object.values(KEYWORDS).flat()

/** A list of types as alternatives of one type each: the validator is fast with the one, and some generators fail on it. */
export function withAlternatives<Document extends object> (document: Document): Document {
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(walk)
    if (!isObject(value)) return value
    const walked = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, DATA.includes(key) ? each : walk(each)]))
    const { type, ...rest } = walked
    if (!Array.isArray(type)) return walked
    const [own, shared] = [true, false].map((isOwn) => Object.fromEntries(Object.entries(rest).filter(([key]) => OF_A_TYPE.includes(key) === isOwn)))
    const only = (name: string) => Object.fromEntries(Object.entries(own!).filter(([key]) => KEYWORDS[name]?.includes(key)))
    return { anyOf: type.map((name) => ({ type: name, ...only(String(name)) })), ...shared }
  }
  return walk(document as Json) as Document
}

/** In forms, a field that takes an image is a file part. */
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
    properties: Object.fromEntries(Object.entries(properties).map(([name, property]) => [name, isObject(property) && /^img/.test(name) ? inForm(property) : property]))
  }
}

/** A list of images is a list of file parts. */
const inForm = (property: JsonObject): JsonObject => property['type'] === 'array' ? { ...property, items: filePart({}) } : filePart(property)

/** OpenAPI 3.1 describes binary parts by a media type and no `type`; generators know `format: binary` better, so both are said. */
const filePart = ({ description }: JsonObject): JsonObject => ({
  type: 'string', format: 'binary', contentMediaType: 'application/octet-stream', ...(description !== undefined && { description })
})
