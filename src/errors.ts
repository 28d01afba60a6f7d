/**
 * Every error a client can meet: its code, its HTTP status and when it happens.
 * The README's error table is tested against this one.
 */
export const ERRORS = {
  validation_error: { status: 422, when: 'JSON that does not parse, missing, unknown or wrong fields' },
  image_decode_error: { status: 400, when: 'bad base64, unreachable or refused URL, file not found or outside the allowed folders, bytes that are no image, truncated image' },
  image_too_large: { status: 413, when: 'over MAX_IMAGE_BYTES or MAX_IMAGE_PIXELS, too costly to decode, or a body over its limit' },
  no_face_detected: { status: 422, when: 'no face in the image and enforce_detection is true' },
  spoof_detected: { status: 422, when: 'anti_spoofing was asked and a face is not real' },
  db_not_found: { status: 400, when: 'FACES_DB_PATH does not exist or is no folder' },
  service_unavailable: { status: 503, when: 'FACES_DB_PATH or COLLECTIONS_URL is not configured, the folder or the store of the collections cannot be used, or the service is shutting down' },
  model_unavailable: { status: 503, when: 'the weights of the asked model are not here and cannot be fetched' },
  overloaded: { status: 503, when: 'the work queue is full, or as many cluster jobs run as may; Retry-After says when to come back' },
  rate_limited: { status: 429, when: 'the rate of the key or the address is used up' },
  unauthorized: { status: 401, when: 'no API key, or an unknown one' },
  forbidden: { status: 403, when: 'the API key lacks the scope' },
  not_found: { status: 404, when: 'no such route, collection, subject or face' },
  method_not_allowed: { status: 405, when: 'the route exists, but not with this method; Allow lists the methods' },
  conflict: { status: 409, when: 'the collection, subject or face exists already, its settings are others, an Idempotency-Key came with another request before, or a cluster job runs already or is not done yet' },
  not_acceptable: { status: 406, when: 'the Accept header allows none of the formats the route can send' },
  unsupported_media_type: { status: 415, when: 'the body is neither application/json nor multipart/form-data, or it is compressed' },
  deepface_error: { status: 500, when: 'the engine failed on a valid request' },
  internal_error: { status: 500, when: 'anything else that went wrong on our side' },
  timeout: { status: 504, when: 'REQUEST_TIMEOUT_MS passed; the work was dropped' }
} as const

export type ErrorCode = keyof typeof ERRORS

/** One wrong field of a request. */
export interface FieldError {
  /** Dotted path: `img1`, `actions.1`. Empty for the body as a whole. */
  readonly field: string
  readonly msg: string
}

export interface FaceErrorOptions extends ErrorOptions {
  /** The wrong fields, all at once. */
  readonly fields?: readonly FieldError[]
  /** Seconds after which the client may try again. */
  readonly retryAfter?: number
}

/** An error a client can act on: `code` is stable, `message` is for people and goes out as it stands. */
export class FaceError extends Error {
  override readonly name = 'FaceError'
  readonly code: ErrorCode
  readonly fields: readonly FieldError[] | undefined
  readonly retryAfter: number | undefined

  constructor (code: ErrorCode, message: string, options: FaceErrorOptions = {}) {
    super(message, options)
    this.code = code
    this.fields = options.fields
    this.retryAfter = options.retryAfter
  }

  get statusCode (): number {
    return ERRORS[this.code].status
  }
}

/** A FaceError as a worker sends it to the main thread; structured clone drops class and own fields of errors. */
export interface ErrorMessage {
  readonly code: ErrorCode
  readonly message: string
  readonly fields?: readonly FieldError[]
  readonly retryAfter?: number
  /** Stack of the cause, for the log only. */
  readonly cause?: string
}

/** `error` as a message another thread can read. */
export function toMessage ({ code, message, fields, retryAfter, cause }: FaceError): ErrorMessage {
  return {
    code,
    message,
    ...(fields && { fields }),
    ...(retryAfter !== undefined && { retryAfter }),
    ...(cause !== undefined && { cause: cause instanceof Error ? cause.stack ?? cause.message : String(cause) })
  }
}

/** Restores the FaceError that another thread sent. */
export const fromMessage = ({ code, message, ...options }: ErrorMessage): FaceError => new FaceError(code, message, options)

export const validationError = (fields: readonly FieldError[]): FaceError =>
  new FaceError('validation_error', `Request validation failed: ${fields.map(({ field, msg }) => field === '' ? msg : `${field} ${msg}`).join('; ')}.`, { fields })

export const imageDecodeError = (reason: string, cause?: unknown): FaceError =>
  new FaceError('image_decode_error', reason, { cause })

export const imageTooLarge = (reason: string): FaceError =>
  new FaceError('image_too_large', reason)

/** The error for a request body over its limit. */
export const bodyTooLarge = (limit: number): FaceError =>
  imageTooLarge(`The body is over its limit of ${limit} bytes, which follows from MAX_IMAGE_BYTES. Send smaller images.`)

export const noFaceDetected = (): FaceError =>
  new FaceError('no_face_detected', 'No face could be detected in the image. Send a photo that shows a face, or set enforce_detection to false.')

export const spoofDetected = (): FaceError =>
  new FaceError('spoof_detected', 'A face in the image is not real: it looks like a print or a screen. Send a photo of the person, or leave anti_spoofing out.')

export const engineFailed = (cause: unknown): FaceError =>
  new FaceError('deepface_error', 'The engine failed on this request. The cause is in the service log under this request id.', { cause })

export const internalError = (cause: unknown): FaceError =>
  new FaceError('internal_error', 'Something went wrong on our side. The cause is in the service log under this request id.', { cause })

export const overloaded = (waiting: number): FaceError =>
  new FaceError('overloaded', `The work queue is full (${waiting} waiting). Try again after a second.`, { retryAfter: 1 })

export const timedOut = (ms: number): FaceError =>
  new FaceError('timeout', `The request took longer than ${ms} ms and was dropped. Try a smaller image, or raise REQUEST_TIMEOUT_MS.`)

export const shuttingDown = (): FaceError =>
  new FaceError('service_unavailable', 'The service is shutting down. Send the request to another instance.')

export const modelUnavailable = (reason: string, cause?: unknown): FaceError =>
  new FaceError('model_unavailable', reason, { cause })

/** A configuration that the service must not start with: one sentence for each wrong variable. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly problems: readonly string[]

  constructor (problems: readonly string[]) {
    super(problems.join('\n'))
    this.problems = problems
  }
}
