import { ERROR_NAMES } from '../error.ts'
import { isObject, type Json, type JsonObject, mapOperations } from './json.ts'
import { sorted } from './named.ts'

const text = (description: string): JsonObject => ({ description, schema: { type: 'string' } })
const whole = (description: string): JsonObject => ({ description, schema: { type: 'integer', format: 'int32', minimum: 0 } })

/** Headers of every response. */
const COMMON: JsonObject = {
  'X-Request-Id': text('Id of the request: the client\'s own where it sends one. It stands in the log of the service too.'),
  'X-Response-Time-Ms': { description: 'Milliseconds from the first byte of the request to the first of the response.', schema: { type: 'number', format: 'double' } }
}

/** Headers of the responses of a status. */
const OF_STATUS: Readonly<Record<string, JsonObject>> = {
  429: {
    'Retry-After': whole('Seconds after which the client may try again.'),
    'X-RateLimit-Limit': whole('Requests that the client may make in the time of the limit.'),
    'X-RateLimit-Remaining': whole('Requests that are left of them.'),
    'X-RateLimit-Reset': whole('Seconds until they are counted anew.')
  },
  503: { 'Retry-After': whole('Seconds after which the client may try again, where trying again may help.') }
}

/**
 * Adds the headers of responses, and puts headers and errors once into `components`, in whose place operations refer to them. Any error that an
 * operation does not name has the same shape (`default`).
 */
export function withSharedResponses<Document extends object> (document: Document): Document {
  const headers: JsonObject = {}
  const responses: JsonObject = {}

  function shared (status: string, { headers: own, ...response }: JsonObject): JsonObject {
    const all = { ...COMMON, ...OF_STATUS[status], ...(isObject(own) ? own : {}) }
    for (const [name, header] of Object.entries(all)) headers[name] ??= header
    return { ...response, headers: Object.fromEntries(Object.keys(all).map((name): [string, Json] => [name, { $ref: `#/components/headers/${name}` }])) }
  }

  function responseOf (status: string, response: JsonObject): JsonObject {
    const name = ERROR_NAMES[Number(status)]
    if (name === undefined || !isError(response)) return shared(status, response)
    responses[name] ??= shared(status, response)
    return { $ref: `#/components/responses/${name}` }
  }

  const mapped = mapOperations(document, (operation) => {
    if (!isObject(operation['responses'])) return operation
    const own = Object.entries(operation['responses']).map(([status, response]) => [status, isObject(response) ? responseOf(status, response) : response])
    return { ...operation, responses: { ...Object.fromEntries(own), default: { $ref: '#/components/responses/Error' } } }
  }) as JsonObject
  responses['Error'] = shared('default', { description: 'Any other error.', content: { 'application/json': { schema: { $ref: ERROR_SCHEMA } } } })
  const components = isObject(mapped['components']) ? mapped['components'] : {}
  return { ...mapped, components: { ...components, responses: sorted(responses), headers: sorted(headers) } } as Document
}

const ERROR_SCHEMA = '#/components/schemas/ErrorResponse'

const isError = (response: JsonObject): boolean => JSON.stringify(response['content'])?.includes(`"${ERROR_SCHEMA}"`) ?? false

/** Puts the variable parts of the path before the parameters of the query and the headers, as methods of clients take them. */
export function withOrderedParameters<Document extends object> (document: Document): Document {
  const placeOf = (parameter: Json): number => ['path', 'query', 'header'].indexOf(isObject(parameter) ? String(parameter['in']) : '')
  return mapOperations(document, (operation) => Array.isArray(operation['parameters'])
    ? { ...operation, parameters: operation['parameters'].toSorted((a, b) => placeOf(a) - placeOf(b)) }
    : operation)
}
