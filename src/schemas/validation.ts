import type { FieldError } from '../errors.ts'
import { PATTERNS } from '../collections/id-patterns.ts'

/** What of an Ajv error is read here. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

/** More wrong fields than this help nobody. */
const MOST = 50

/** Ajv's errors as one sentence a field that tells the client what to send. Where the type is wrong and the value is not listed, the list is told: it says more. */
export function fieldErrors (errors: readonly SchemaError[]): FieldError[] {
  const told = new Map<string, FieldError>()
  for (const error of errors) {
    const field = fieldOf(error)
    if (told.has(field) && error.keyword !== 'enum') continue
    told.set(field, { field, msg: sentence(error) })
    if (told.size === MOST) break
  }
  return [...told.values()]
}

/** `/actions/1` → `actions.1`; the missing or unknown field itself rather than the object around it. */
function fieldOf ({ instancePath, params }: SchemaError): string {
  const path = instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const own = params['missingProperty'] ?? params['additionalProperty']
  // An unknown name comes from the client and may be megabytes long.
  return [...path, ...(typeof own === 'string' ? [own] : [])].join('.').slice(0, 200)
}

const SENTENCES: Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => string>> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a field of this request',
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as unknown[]).join(', ')}`,
  type: ({ type }) => `must be ${TYPES(type)}`,
  minimum: ({ limit }) => `must be ${limit} or more`,
  maximum: ({ limit }) => `must be ${limit} or less`,
  minLength: () => 'must not be empty',
  // That of images asks for a first character.
  pattern: ({ pattern }) => PATTERNS[String(pattern)] ?? 'must not be empty',
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  maxProperties: ({ limit }) => `must have at most ${limit} fields`,
  minItems: ({ limit }) => `must have at least ${limit} item${limit === 1 ? '' : 's'}`,
  maxItems: ({ limit }) => `must have at most ${limit} items`
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string', number: 'a number', integer: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a JSON object', null: 'null'
}
const TYPES = (type: unknown): string => (Array.isArray(type) ? type : String(type).split(',')).map((name) => NAMES[name] ?? name).join(' or ')

const sentence = ({ keyword, params, message }: SchemaError): string => SENTENCES[keyword]?.(params) ?? message ?? 'is not valid'
