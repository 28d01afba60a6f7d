import { Type } from '@sinclair/typebox'
import { type ErrorCode, ERRORS } from '../errors.ts'
import { oneOf } from './parameters.ts'

const codes = Object.keys(ERRORS) as ErrorCode[]

/** The body of every error. */
const ErrorBody = Type.Object({
  success: Type.Unsafe<false>({ type: 'boolean', description: 'Always false.' }),
  error_code: oneOf(codes, { title: 'ErrorCode', description: 'Stable; safe to switch on.' }),
  message: Type.String({ description: 'For people: what to do.' }),
  request_id: Type.String({ description: 'Also in the header X-Request-Id and in the log of the service.' }),
  details: Type.Optional(Type.Object({
    fields: Type.Array(Type.Object({
      field: Type.String({ description: 'Dotted path, such as `actions.1`; empty for the body as a whole.' }),
      msg: Type.String()
    }, { title: 'FieldError' }), { description: 'All wrong fields at once.' })
  })),
  error: Type.Optional(Type.String({ description: 'The message as DeepFace\'s own service words it; on its paths only.' })),
  exception: Type.Optional(Type.String({ description: 'The message once more, where clients of DeepFace look for it; on its paths only.' }))
}, { title: 'ErrorResponse' })

/** Errors of every endpoint. */
export const COMMON_ERRORS = ['unauthorized', 'forbidden', 'not_acceptable', 'rate_limited', 'internal_error', 'service_unavailable', 'timeout'] as const satisfies readonly ErrorCode[]

/** Errors of every endpoint that takes a body. */
export const BODY_ERRORS = [...COMMON_ERRORS, 'validation_error', 'image_too_large', 'unsupported_media_type'] as const satisfies readonly ErrorCode[]

/** Errors of every endpoint that processes a picture. */
export const IMAGE_ERRORS = [...BODY_ERRORS, 'image_decode_error', 'no_face_detected', 'spoof_detected', 'model_unavailable', 'overloaded', 'deepface_error'] as const satisfies readonly ErrorCode[]

/** Names of the responses by status, in the document and in generated clients. */
export const ERROR_NAMES: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  406: 'NotAcceptable',
  409: 'Conflict',
  413: 'ContentTooLarge',
  415: 'UnsupportedMediaType',
  422: 'UnprocessableContent',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout'
}

/** Response schemas for these errors by status, each with one example. All operations describe a status alike: the document holds it once. */
export function errorResponses (errors: readonly ErrorCode[]) {
  const responses: Record<string, object> = {}
  for (const status of [...new Set(errors.map((code) => ERRORS[code].status))].sort()) {
    const here = codes.filter((code) => ERRORS[code].status === status)
    responses[status] = {
      ...ErrorBody,
      description: here.map((code) => `\`${code}\`: ${ERRORS[code].when}.`).join('\n\n'),
      examples: [example(here[0]!)]
    }
  }
  return responses
}

const example = (code: ErrorCode) => ({
  success: false,
  error_code: code,
  message: `${ERRORS[code].when[0]!.toUpperCase()}${ERRORS[code].when.slice(1)}.`,
  request_id: '0b5c1c9e-6f0b-4d59-9a3f-2f6d0f9f3c11',
  ...(code === 'validation_error' && {
    message: 'Request validation failed: img is required.',
    details: { fields: [{ field: 'img', msg: 'is required' }] }
  })
})
