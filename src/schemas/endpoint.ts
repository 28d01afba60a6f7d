import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { BODY_ERRORS, COMMON_ERRORS, errorResponses } from './error.ts'
import { type AnswerHeader, answerHeaders } from './headers.ts'

export interface EndpointOptions<Body extends TSchema, Response extends TSchema, Params extends TSchema, Query extends TSchema, Status extends number> {
  /** Name of the method in generated clients. */
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  /** A closed object with a `title` and one of `examples`. */
  readonly body?: Body
  /** Whether a form with the fields of `body` is accepted too; true when left out. */
  readonly forms?: boolean
  /** Variable parts of the path. */
  readonly params?: Params
  /** A closed object of strings and whole numbers (plugins/query-numbers.ts). */
  readonly querystring?: Query
  readonly headers?: TSchema
  /** Headers of the response, beside those of every response. */
  readonly answerHeaders?: readonly AnswerHeader[]
  /** Fields of which a body has exactly one; the handler checks it. */
  readonly eitherOf?: readonly string[]
  /** Body of the response, with a `title` and one of `examples`. */
  readonly response: Response
  /** Status of the response; 200 when left out. */
  readonly status?: Status
  readonly errors?: readonly ErrorCode[]
  /** On the paths of DeepFace's own service: what it is doing, in the words of its errors. Requests and errors are then taken and made as there. */
  readonly deepface?: string
  /** Media types of the 200 response, the preferred one first; JSON when left out. */
  readonly produces?: readonly string[]
  /** Further responses, by status. */
  readonly responses?: Readonly<Record<string, object>>
}

/**
 * Makes the options of a Fastify route: the schema for validation, serialisation and the OpenAPI document, and the configuration that plugins
 * read (`form`: the fields a multipart body may have; `produces`: the media types that Accept is matched with; `deepface`).
 * @example
 * const drop = endpoint({ operationId: 'deleteCollection', tags, summary: 'Delete a collection', params: inCollection, response: Done, errors: READ_ERRORS })
 * fastify.delete('/api/v1/collections/:collection', drop, async ({ params }) => …)
 */
export function endpoint<Body extends TSchema, Response extends TSchema, Params extends TSchema, Query extends TSchema, Status extends number = 200> (
  options: EndpointOptions<Body, Response, Params, Query, Status>
) {
  const { operationId, tags, summary, description, body, params, querystring, headers, response, responses, deepface } = options
  const { forms = true, status = 200, produces = ['application/json'], answerHeaders: sent = [], eitherOf } = options
  const extra = sent.length > 0 ? { headers: answerHeaders(sent) } : {}
  const errors = options.errors ?? (body ? BODY_ERRORS : COMMON_ERRORS)
  return {
    schema: {
      operationId,
      tags: [...tags],
      summary,
      ...(description !== undefined && { description }),
      ...(params && { params }),
      ...(querystring && { querystring }),
      ...(headers && { headers }),
      ...(body && { body, consumes: forms ? ['application/json', 'multipart/form-data'] : ['application/json'] }),
      response: {
        [status]: produces.length > 1 ? { ...contents(response, produces), ...extra } : { description: 'The answer.', ...response, ...extra },
        ...responses,
        ...errorResponses(errors)
      }
    } as unknown as {
      readonly body: Body
      readonly params: Params
      readonly querystring: Query
      readonly response: { readonly [Key in Status]: Response }
    },
    config: { produces, ...(body && forms && { form: body as unknown as TObject }), ...(deepface !== undefined && { deepface }), ...(eitherOf && { eitherOf }) }
  }
}

/** One response in several media types. Types other than JSON are sent as bytes: their schema serves the document only. */
const contents = (response: TSchema, produces: readonly string[]) => ({
  description: 'The answer, in the type that Accept asks for.',
  content: Object.fromEntries(produces.map((type) => [type, {
    ...(type === 'application/json' && { example: response['examples']?.[0] }),
    schema: type === 'application/json' ? response : { type: 'string', format: 'binary' }
  }]))
})

export interface RequestBodyOptions {
  readonly title: string
  readonly description?: string
  readonly examples: readonly object[]
}

/**
 * Makes the closed object of a request body. A client may leave a field with a default out; the validator fills it in, so that handlers always
 * have it. Hence TypeBox's `required` is reduced to the fields without a default.
 */
export function requestBody<Properties extends TProperties> (properties: Properties, options: RequestBodyOptions): RequestBody<Properties> {
  const { required: all = [], ...schema } = Type.Object(properties, { additionalProperties: false, ...options }) as TObject
  const required = all.filter((name) => properties[name]?.['default'] === undefined)
  return { ...schema, ...(required.length > 0 && { required }) } as unknown as RequestBody<Properties>
}

/** Schema of a closed object, with the type that handlers receive for it. */
export type RequestBody<Properties extends TProperties> = TUnsafe<Static<TObject<Properties>>>
