import { type Static, type TObject, type TProperties, type TSchema, type TUnsafe, Type } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { BODY_ERRORS, COMMON_ERRORS, errorResponses } from './error.ts'

export interface EndpointOptions<Body extends TSchema, Response extends TSchema, Params extends TSchema, Query extends TSchema> {
  /** Name of the method in generated clients. */
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  /** A closed object with a `title` and one of `examples`; a form with the same fields is taken too, unless `forms` is false. */
  readonly body?: Body
  readonly forms?: boolean
  /** Of the path. */
  readonly params?: Params
  /** Of the query string: closed, and texts all, since nothing is coerced. */
  readonly querystring?: Query
  readonly headers?: TSchema
  /** Body of the 200 answer, with a `title` and one of `examples`. */
  readonly response: Response
  readonly errors?: readonly ErrorCode[]
  /** Media types of the 200 answer, the preferred one first; JSON when left out. */
  readonly produces?: readonly string[]
  /** Answers besides these, by status. */
  readonly responses?: Readonly<Record<string, object>>
}

/**
 * Options of a Fastify route: schema for validation, serialisation and the OpenAPI document, and the configuration that plugins
 * read (`form`: the fields a multipart body may have; `produces`: what Accept is matched with).
 */
export function endpoint<Body extends TSchema, Response extends TSchema, Params extends TSchema, Query extends TSchema> (options: EndpointOptions<Body, Response, Params, Query>) {
  const { operationId, tags, summary, description, body, forms = true, params, querystring, headers, response, produces = ['application/json'], responses } = options
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
      response: { 200: produces.length > 1 ? contents(response, produces) : { description: 'The answer.', ...response }, ...responses, ...errorResponses(errors) }
    } as {
      readonly body: Body
      readonly params: Params
      readonly querystring: Query
      readonly response: { readonly 200: Response }
    },
    config: { produces, ...(body && forms && { form: body as unknown as TObject }) }
  }
}

/** One answer in several media types. What is not JSON is sent as bytes, so that its schema is for the document only. */
const contents = (response: TSchema, produces: readonly string[]) => ({
  description: 'The answer, in the type that Accept asks for.',
  content: Object.fromEntries(produces.map((type) => [type, {
    ...(type === 'application/json' && { example: response['examples']?.[0] }),
    schema: type === 'application/json' ? response : { type: 'string', contentMediaType: type, format: 'binary' }
  }]))
})

/**
 * A closed object for a request. A field with a default may be left out by the client, yet is always there for the handler, since the
 * validator fills it in: that is why `required` is not what TypeBox makes of it.
 */
export function requestBody<Properties extends TProperties> (properties: Properties, options: { title: string, description?: string, examples: readonly object[] }): RequestBody<Properties> {
  const { required: all = [], ...schema } = Type.Object(properties, { additionalProperties: false, ...options }) as TObject
  const required = all.filter((name) => properties[name]?.['default'] === undefined)
  return { ...schema, ...(required.length > 0 && { required }) } as unknown as RequestBody<Properties>
}

/** The schema of a closed object, and what a handler is given for it. */
export type RequestBody<Properties extends TProperties> = TUnsafe<Static<TObject<Properties>>>
