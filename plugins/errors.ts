import type { FastifyContextConfig, FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import fp from 'fastify-plugin'
import { bodyTooLarge, FaceError, internalError, validationError } from '../src/errors.ts'
import { fieldErrors, type SchemaError } from '../src/schemas/validation.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Media types of the body that the route takes, when they are neither JSON nor a form. */
    consumes?: readonly string[]
    /** On the paths of DeepFace's own service: what it is doing, in the words of its errors. */
    deepface?: string
  }
  interface FastifyReply {
    /** Answers with the one error shape. */
    sendError: (error: FaceError) => FastifyReply
  }
}

/** Answers every error in one shape. Errors of the service are logged with their cause, which the client does not see. */
export default fp(async (fastify) => {
  fastify.decorateReply('sendError', function (this: FastifyReply, error: FaceError) {
    if (error.retryAfter !== undefined) this.header('retry-after', error.retryAfter)
    return this.code(error.statusCode).type('application/json; charset=utf-8').serializer(JSON.stringify).send(errorBody(error, this.request.id, this.request.routeOptions.config.deepface))
  })

  fastify.setErrorHandler((thrown: unknown, request, reply) => {
    const error = toFaceError(thrown, request)
    const { aborted, reason } = request.stopSignal
    if (aborted && !(reason instanceof FaceError)) {
      request.log.info('the client went away')
    } else if (error.statusCode === 500) {
      request.log.error({ err: error.cause ?? thrown, error_code: error.code }, error.message)
    } else if (error.statusCode > 500) {
      // Expected failures: a full queue, a missing model.
      request.log.warn({ ...(error.cause !== undefined && { err: error.cause }), error_code: error.code }, error.message)
    } else {
      request.log.info({ error_code: error.code }, 'the request was refused')
    }
    return reply.sendError(error)
  })
}, { name: 'errors', dependencies: ['deadline'] })

/**
 * The body of an error.
 * @param doing what DeepFace's own service would be doing; its clients look for the message in `error` or `exception`.
 */
export const errorBody = (error: FaceError, requestId: string, doing?: string) => ({
  success: false,
  error_code: error.code,
  message: error.message,
  request_id: requestId,
  ...(error.fields && { details: { fields: error.fields } }),
  ...(doing !== undefined && { error: `Exception while ${doing}: ${error.message}`, exception: error.message })
})

/** A framework's error in the terms of the contract. */
const FRAMEWORK: Readonly<Record<string, (request: FastifyRequest) => FaceError>> = {
  FST_ERR_CTP_INVALID_JSON_BODY: () => body('is not valid JSON in UTF-8'),
  FST_ERR_CTP_BODY_TOO_LARGE: ({ routeOptions }) => bodyTooLarge(routeOptions.bodyLimit),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ({ routeOptions }) => wrongMediaType(routeOptions.config),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () => body('is not as long as its Content-Length says'),
  FST_ERR_BAD_URL: () => new FaceError('not_found', 'The path of the URL cannot be decoded.'),
  FST_ERR_MAX_PARAM_LENGTH: () => new FaceError('not_found', 'The path of the URL is too long.')
}

/** The refusal of a body whose media type a route does not take. It names those that it takes. */
export const wrongMediaType = ({ consumes, form }: FastifyContextConfig): FaceError =>
  new FaceError('unsupported_media_type', `Send the body as ${(consumes ?? ['application/json', ...form ? ['multipart/form-data'] : []]).join(' or ')}.`)

const body = (msg: string): FaceError => validationError([{ field: '', msg: `The body ${msg}` }])

/** Returns the error that the client receives for `thrown`. */
export function toFaceError (thrown: unknown, request: FastifyRequest): FaceError {
  if (thrown instanceof FaceError) return thrown
  const { code = '', statusCode = 500, validation } = (thrown ?? {}) as Partial<FastifyError>
  if (validation) return validationError(fieldErrors(validation as readonly SchemaError[]))
  const known = FRAMEWORK[code]
  if (known) return known(request)
  // The JSON parser's errors have a status but no Fastify code. Their text quotes the body, so it is not sent.
  if (thrown instanceof SyntaxError && statusCode === 400) return body('is not valid JSON in UTF-8')
  // 403: a path that leads out of the static folder.
  if (statusCode === 404 || statusCode === 403) return new FaceError('not_found', 'There is nothing here.')
  if (statusCode >= 400 && statusCode < 500) return body('cannot be read')
  return internalError(thrown)
}
