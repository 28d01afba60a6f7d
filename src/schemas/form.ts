import type { TObject, TSchema } from '@sinclair/typebox'
import { BOOLEANS } from '../system/booleans.ts'
import { isOverbuilt } from '../system/json-structure.ts'

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

const typesOf = (schema: TSchema | undefined): readonly unknown[] => [schema?.['type']].flat()

/** The schema of a field; undefined where the form has none of this name. */
export const schemaOf = (form: TObject, name: string): TSchema | undefined => Object.hasOwn(form.properties, name) ? form.properties[name] : undefined

/**
 * The field of a form that a part of this name is for. PHP, jQuery, Laravel and axios write the items of a list as `name[]` or `name[0]`; other
 * names stay as they are.
 * @example
 * fieldNamed(Type.Object({ actions: Type.Array(Type.String()) }), 'actions[]') // 'actions'
 */
export function fieldNamed (form: TObject, name: string): string {
  const [, list = name] = /^([^[\]]+)\[[0-9]{0,4}\]$/.exec(name) ?? []
  return schemaOf(form, name) || !schemaOf(form, list) ? name : list
}

/** Whether a field of this schema may be sent in several parts. */
export const isList = (schema: TSchema | undefined): boolean => typesOf(schema).includes('array')

/**
 * Converts the text parts of one field to the value that they stand for by the type of its schema: numbers in JSON notation, booleans in the
 * spellings of the configuration, lists as JSON, as repeated parts, or between commas where the items are words. Other text stays text, and the
 * validator refuses it with a clear message.
 * @example
 * parseField(Type.Array(Type.Integer()), ['[1,2]']) // [1, 2]
 */
export function parseField (schema: TSchema | undefined, values: readonly string[]): unknown {
  const types = typesOf(schema)
  const [first = ''] = values
  if (!isList(schema)) return scalar(types, first)
  if (values.length === 1 && first.trimStart().startsWith('[')) return parsed(first)
  // Words hold no comma: one part may list several of them.
  if (values.length === 1 && first.includes(',') && schema?.['items']?.['enum']) return first.split(',').map((word) => word.trim())
  // Each of repeated parts is an item. A single part is a string where the schema allows one beside the list.
  return types.includes('string') && values.length === 1 ? first : values.map((value) => scalar(typesOf(schema?.['items']), value))
}

function scalar (types: readonly unknown[], value: string): unknown {
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(value)) return Number(value)
  if (types.includes('boolean')) return BOOLEANS.get(value.toLowerCase()) ?? value
  if (types.includes('object') && value.trimStart().startsWith('{')) return parsed(value)
  return value
}

/** Parses a JSON text; returns the text itself where it is not JSON, or would make too many values. */
function parsed (text: string): unknown {
  if (isOverbuilt(text)) return text
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
