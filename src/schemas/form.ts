import type { TObject, TSchema } from '@sinclair/typebox'
import { isOverbuilt } from '../system/json-structure.ts'

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

const typesOf = (schema: TSchema | undefined): readonly unknown[] => [schema?.['type']].flat()

/** The schema of a field; undefined where the form has none of this name. */
export const schemaOf = (form: TObject, name: string): TSchema | undefined => Object.hasOwn(form.properties, name) ? form.properties[name] : undefined

/** Whether a field may be sent in several parts. */
export const isList = (schema: TSchema | undefined): boolean => typesOf(schema).includes('array')

/**
 * The value that the text parts of one field stand for, by the type of its `schema`: numbers as JSON writes them, `true` and `false`,
 * lists as JSON or as repeated parts. Text that stands for no such value stays text, for the validator to refuse with a clear message.
 */
export function parseField (schema: TSchema | undefined, values: readonly string[]): unknown {
  const types = typesOf(schema)
  const [first = ''] = values
  if (!isList(schema)) return scalar(types, first)
  if (values.length === 1 && first.trimStart().startsWith('[')) return parsed(first)
  // Repeated parts: each is an item. A string that is allowed beside the list is meant when there is but one.
  return types.includes('string') && values.length === 1 ? first : values.map((value) => scalar(typesOf(schema?.['items']), value))
}

function scalar (types: readonly unknown[], value: string): unknown {
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(value)) return Number(value)
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true'
  if (types.includes('object') && value.trimStart().startsWith('{')) return parsed(value)
  return value
}

/** The value of a JSON text; the text itself where it is not JSON, or would make too many values. */
function parsed (text: string): unknown {
  if (isOverbuilt(text)) return text
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
