import { isObject, type JsonObject, mapObjects } from './json.ts'

/** Moves every schema with a `title` to `components.schemas` under that name and puts a `$ref` in its place, so that generated clients have named types. */
export function named<Document extends object> (document: Document): Document {
  const schemas: JsonObject = {}
  const { components, ...rest } = document as JsonObject
  const walked = mapObjects(rest, (value) => {
    const title = value['title']
    if (typeof title !== 'string' || !isSchema(value)) return value
    // The description of one use (which example) stays with that use.
    const { description, ...schema } = value
    if (schema['type'] !== 'object') {
      const { default: preset, ...list } = schema
      schemas[title] ??= list
      return { $ref: `#/components/schemas/${title}`, ...(description !== undefined && { description }), ...(preset !== undefined && { default: preset }) }
    }
    const known = schemas[title]
    schemas[title] = known ?? { ...schema, ...(title !== 'ErrorResponse' && description !== undefined && { description }) }
    return { $ref: `#/components/schemas/${title}` }
  })
  return { ...walked, components: { ...(isObject(components) ? components : {}), schemas: sorted(schemas) } } as Document
}

const isSchema = (value: JsonObject): boolean => ['type', 'properties', 'anyOf', 'oneOf'].some((key) => key in value)

export const sorted = (schemas: JsonObject): JsonObject => Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => a < b ? -1 : 1))
