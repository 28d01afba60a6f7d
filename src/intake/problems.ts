import { type FaceError, imageDecodeError, imageTooLarge } from '../errors.ts'

/** The error for an encoded image of more than MAX_IMAGE_BYTES. */
export const tooManyBytes = (maxBytes: number): FaceError =>
  imageTooLarge(`The image is over MAX_IMAGE_BYTES (${maxBytes}). Send a smaller image.`)

/**
 * The error for every URL that cannot be fetched, whatever the cause: a refused address, a name that does not resolve, a closed port.
 * Distinct messages would let a client map the inner network.
 */
export const unreachableUrl = (cause?: unknown): FaceError =>
  imageDecodeError('The image URL could not be fetched. Use a URL whose host has a public address and answers, or send the image as base64.', cause)

export const badUrl = (reason: string, cause?: unknown): FaceError =>
  imageDecodeError(`The image URL ${reason}.`, cause)

/** The error for every path that is not read, whatever the cause: distinct messages would let a client list the files of the server. */
export const unreadablePath = (cause?: unknown): FaceError =>
  imageDecodeError('The image path leads to no readable file inside IMAGES_ROOT or FACES_DB_PATH. Send a path inside them, or the image as base64.', cause)
