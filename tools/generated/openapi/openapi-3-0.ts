import { isObject, type Json, type JsonObject, mapObjects } from '../../../src/schemas/document/json.ts'

/** Converts a document of OpenAPI 3.1 to 3.0.3, for gateways and generators that know no other: what 3.0 cannot say is said in its own words or left out. */
export function openapi30<Document extends object> (document: Document): Document {
  const { openapi: _, info, ...rest } = document as JsonObject
  const { license, ...about } = info as JsonObject
  const plain = mapObjects(rest, (value) => withoutSiblings(withExample(withExclusiveBounds(withNullable(value)))))
  return { openapi: '3.0.3', info: { ...about, license: { name: (license as JsonObject)['name']!, url: 'https://opensource.org/license/mit' } }, ...plain } as unknown as Document
}

/** The value `null`, which has no type of its own in 3.0. */
const NULL: JsonObject = { type: 'string', nullable: true, enum: [null] }

const isNull = (value: Json): boolean => isObject(value) && Array.isArray(value['enum']) && value['enum'].length === 1 && value['enum'][0] === null

/** `null` beside one type becomes `nullable`; beside others, or a reference, it stays an alternative. */
function withNullable (value: JsonObject): JsonObject {
  if (value['type'] === 'null') return NULL
  const key = ['oneOf', 'anyOf'].find((name) => Array.isArray(value[name]) && value[name].some(isNull))
  if (key === undefined) return value
  const { [key]: alternatives, ...rest } = value
  const others = (alternatives as Json[]).filter((each) => !isNull(each))
  const [only] = others as [JsonObject]
  if (others.length > 1 || !('type' in only)) return value
  return { ...only, ...rest, nullable: true, ...Array.isArray(only['enum']) && { enum: [...only['enum'], null] } }
}

function withExclusiveBounds (value: JsonObject): JsonObject {
  const { exclusiveMinimum: least, ...rest } = value
  return typeof least === 'number' ? { ...rest, minimum: least, exclusiveMinimum: true } : value
}

/** A schema has one example, and nothing says what is in its text. */
function withExample (value: JsonObject): JsonObject {
  const { examples, contentMediaType: _, ...rest } = value
  return Array.isArray(examples) && examples.length > 0 ? { ...rest, example: examples[0]! } : rest
}

/** Nothing may stand beside a reference. */
function withoutSiblings (value: JsonObject): JsonObject {
  const { $ref, ...rest } = value
  return $ref === undefined || Object.keys(rest).length === 0 ? value : { ...rest, allOf: [{ $ref }] }
}
