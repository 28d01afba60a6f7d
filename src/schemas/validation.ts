import { PATTERNS } from '../collections/id-patterns.ts'
import type { FieldError } from '../errors.ts'

/** The fields of an Ajv error that are read here. */
export interface SchemaError {
  readonly keyword: string
  readonly instancePath: string
  readonly params: Readonly<Record<string, unknown>>
  readonly message?: string
}

/** Most wrong fields reported; more are of no use to a client. */
const MOST = 50

/**
 * Converts Ajv's errors to one sentence a field that says what to send. Where both the type and the enum of a value are wrong, the sentence lists
 * the enum.
 */
export function fieldErrors (errors: readonly SchemaError[]): FieldError[] {
  const found = new Map<string, FieldError>()
  for (const error of errors) {
    // The field that its condition requires is reported by itself.
    if (error.keyword === 'if') continue
    const field = fieldOf(error)
    if (found.has(field) && error.keyword !== 'enum') continue
    found.set(field, { field, msg: sentence(error) })
    if (found.size === MOST) break
  }
  return [...found.values()]
}

/** Dotted path of the wrong field (`/actions/1` → `actions.1`): the missing or unknown field itself rather than the object around it. */
function fieldOf ({ instancePath, params }: SchemaError): string {
  const path = instancePath.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
  const own = params['missingProperty'] ?? params['additionalProperty']
  // An unknown name comes from the client, and may be megabytes long.
  return [...path, ...(typeof own === 'string' ? [own] : [])].join('.').slice(0, 200)
}

const SENTENCES: Readonly<Record<string, (params: Readonly<Record<string, unknown>>) => string>> = {
  required: () => 'is required',
  additionalProperties: () => 'is not a field of this request',
  enum: ({ allowedValues }) => `must be one of ${(allowedValues as unknown[]).join(', ')}`,
  type: ({ type }) => `must be ${typesOf(type)}`,
  minimum: ({ limit }) => `must be ${limit} or more`,
  maximum: ({ limit }) => `must be ${limit} or less`,
  minLength: () => 'must not be empty',
  // The pattern of images requires a first character.
  pattern: ({ pattern }) => PATTERNS[String(pattern)] ?? 'must not be empty',
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minProperties: ({ limit }) => `must have at least ${limit} field${limit === 1 ? '' : 's'}`,
  maxProperties: ({ limit }) => `must have at most ${limit} fields`,
  minItems: ({ limit }) => `must have at least ${limit} item${limit === 1 ? '' : 's'}`,
  maxItems: ({ limit }) => `must have at most ${limit} items`
}

const NAMES: Readonly<Record<string, string>> = {
  string: 'a string', number: 'a number', integer: 'a whole number', boolean: 'true or false', array: 'a list', object: 'a JSON object', null: 'null'
}
const typesOf = (type: unknown): string => (Array.isArray(type) ? type : String(type).split(',')).map((name) => NAMES[name] ?? name).join(' or ')

const sentence = ({ keyword, params, message }: SchemaError): string => SENTENCES[keyword]?.(params) ?? message ?? 'is not valid'
