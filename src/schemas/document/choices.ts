import { isObject } from './json.ts'

/**
 * Says in the schema of a body that it has exactly one of some fields. The document alone says so: Ajv would report each of the alternatives as
 * wrong, and the handler checks it in one sentence.
 */
export function withChoice<Schema extends { readonly body?: unknown }> (schema: Schema, fields: readonly string[] | undefined): Schema {
  const body = schema?.body
  if (!fields || !isObject(body)) return schema
  const { if: _, then: __, ...rest } = body
  return { ...schema, body: { ...rest, oneOf: fields.map((field) => ({ required: [field] })) } }
}
