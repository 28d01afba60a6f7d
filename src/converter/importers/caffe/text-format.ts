import { conversionError } from '../../conversion-error.ts'

/** A message in protocol buffers' text format: the values of each field, in file order. */
export type Message = ReadonlyMap<string, readonly Value[]>

/** A number, a text, the name of an enum value, or a nested message. */
export type Value = string | number | Message

/** Maximum nesting depth; no network comes near it. */
const DEEPEST = 32

/** Comments, white space and optional separators (comma, semicolon); then a quoted text, a bracket or colon, or a number or name. */
const TOKEN = /(?:\s|#[^\n]*|[,;])*(?:("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|([{}:[\]<>])|([^\s#,;{}:[\]<>"']+)|$)/y

/**
 * Parses protocol buffers' text format, as in a `.prototxt` (https://protobuf.dev/reference/protobuf/textformat-spec), without a schema.
 * @throws {Error} ConversionError with the line at which parsing failed.
 */
export function parseText (text: string): Message {
  let at = 0

  function fail (what: string): never {
    const line = text.slice(0, at).split('\n').length
    throw conversionError(`The prototxt is damaged or cut off: ${what} in line ${line}.`)
  }

  /** Returns the next token, undefined at the end. A text keeps its quotes. */
  function next (): string | undefined {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (!found) return fail('something that is no token')
    at = TOKEN.lastIndex
    return found[1] ?? found[2] ?? found[3]
  }

  function message (end: string | undefined, depth: number): Message {
    if (depth > DEEPEST) fail('too many brackets')
    const fields = new Map<string, Value[]>()
    for (let name = next(); name !== end; name = next()) {
      if (name === undefined) fail('the end within a bracket')
      if (!/^[A-Za-z_]/.test(name)) fail(`${name} where a field's name is expected`)
      const values = fields.get(name) ?? []
      fields.set(name, values)
      let token = next()
      const colon = token === ':'
      if (colon) token = next()
      if (token === '[') for (let item = next(); item !== ']'; item = next()) values.push(value(name, item, depth))
      else if (!colon && token !== '{' && token !== '<') fail(`neither a value nor a message for ${name}`)
      else values.push(value(name, token, depth))
    }
    return fields
  }

  function value (name: string, token: string | undefined, depth: number): Value {
    if (token === '{') return message('}', depth + 1)
    if (token === '<') return message('>', depth + 1)
    if (token === undefined || /^[}\]>:[]$/.test(token)) return fail(`no value for ${name}`)
    if (/^["']/.test(token)) return token.slice(1, -1)
    const number = Number(token)
    return Number.isNaN(number) ? token : number
  }

  return message(undefined, 0)
}
