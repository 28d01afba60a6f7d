import { NOT_EMPTY } from '../image-fields.ts'
import { type JsonObject, mapObjects } from './json.ts'

/** Keywords by the type that they constrain. Other keywords apply to all types. */
const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  string: ['minLength', 'maxLength', 'pattern', 'format'],
  number: ['minimum', 'maximum'],
  integer: ['minimum', 'maximum'],
  array: ['items', 'minItems', 'maxItems'],
  object: ['properties', 'additionalProperties', 'required', 'minProperties', 'maxProperties']
}
const OF_A_TYPE = Object.values(KEYWORDS).flat()

/**
 * Replaces a list of types by alternatives of one type each: Ajv validates lists fast, but some generators of clients fail on them. An object
 * among them is named after the whole, since generators lose what has no name.
 */
export const withAlternatives = <Document extends object>(document: Document): Document => mapObjects(document, (value) => {
  const { type, ...rest } = value
  if (!Array.isArray(type)) return value
  const [own, shared] = [true, false].map((isOwn) => Object.fromEntries(Object.entries(rest).filter(([key]) => OF_A_TYPE.includes(key) === isOwn)))
  const { enum: values, ...common } = shared!
  const only = (name: string): JsonObject => ({
    ...Object.fromEntries(Object.entries(own!).filter(([key]) => KEYWORDS[name]?.includes(key))),
    // Both booleans need no list.
    ...Array.isArray(values) && name === 'string' && { enum: values.filter((each) => typeof each === 'string') },
    ...name === 'object' && typeof value['title'] === 'string' && { title: `${value['title']}Object` }
  })
  return { oneOf: type.map((name) => ({ type: name, ...only(String(name)) })), ...common }
})

/** Formats by which generators choose types: without them Go takes `float32` and Java `BigDecimal`. */
const FORMATS: Readonly<Record<string, string>> = { number: 'double', integer: 'int32' }

/** Says in the words of generators what the validator is told in others. */
export const withFormats = <Document extends object>(document: Document): Document => mapObjects(document, (value) => {
  const format = FORMATS[String(value['type'])]
  if (format !== undefined) return { ...value, format: value['format'] ?? format }
  const { pattern, ...rest } = value
  return pattern === NOT_EMPTY ? { ...rest, minLength: 1 } : value
})
