import { type ErrorCode, FaceError } from '../errors.ts'

/** Errors about one photo of a request. Every other error concerns the service, and ends the request. */
export const PHOTO_ERRORS = ['image_decode_error', 'image_too_large', 'no_face_detected', 'spoof_detected'] as const satisfies readonly ErrorCode[]

export type PhotoError = typeof PHOTO_ERRORS[number]

/** Whether `error` is about one photo, so that the others of its request can go on. */
export const isPhotoError = (error: unknown): error is FaceError & { readonly code: PhotoError } =>
  error instanceof FaceError && (PHOTO_ERRORS as readonly ErrorCode[]).includes(error.code)
