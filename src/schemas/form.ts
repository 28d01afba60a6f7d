import type { TSchema } from '@sinclair/typebox'
import { validationError } from '../errors.ts'

const NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

/**
 * The value that the text parts called `name` stand for, by the type of its `schema`: numbers as JSON writes them, `true` and `false`,
 * lists as JSON or as repeated parts. Text that stands for no such value stays text, for the validator to refuse with a clear message.
 * @throws {FaceError} validation_error when a field that is no list was sent more than once.
 */
export function parseField (schema: TSchema | undefined, name: string, values: readonly string[]): unknown {
  const types: readonly unknown[] = [schema?.['type']].flat()
  const [first = ''] = values
  if (types.includes('array')) {
    if (values.length === 1 && first.trimStart().startsWith('[')) return parsed(first)
    // Repeated parts: each is an item. A string that is allowed beside the list is meant when there is but one.
    return types.includes('string') && values.length === 1 ? first : values.map((value) => scalar([schema?.['items']?.type], value))
  }
  if (values.length > 1) throw validationError([{ field: name, msg: 'was sent more than once' }])
  return scalar(types, first)
}

function scalar (types: readonly unknown[], value: string): unknown {
  if ((types.includes('number') || types.includes('integer')) && NUMBER.test(value)) return Number(value)
  if (types.includes('boolean') && (value === 'true' || value === 'false')) return value === 'true'
  if (types.includes('object') && value.trimStart().startsWith('{')) return parsed(value)
  return value
}

/** JSON, or the text itself where it is none. */
function parsed (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}
