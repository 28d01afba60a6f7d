import { imageDecodeError } from '../errors.ts'
import { decodeImage } from './base64.ts'
import { MAX_PATH, openFileReader, pathOfUrl } from './file.ts'
import type { IntakeLog } from './log.ts'
import type { Resolve } from './resolve.ts'
import { openUrlReader } from './url.ts'

/** Reads images in any form that a client may send. */
export interface ImageReader {
  /**
   * Returns the encoded bytes of `image`, which is a data URI, bare base64, a URL or a path. They lie in memory of their own
   * (`bytes.buffer` holds nothing else), so that the caller may transfer them to a worker.
   * @throws {FaceError} image_decode_error, image_too_large, overloaded, service_unavailable after `close`; or the reason of `signal`.
   */
  read: (image: string, options: { readonly signal?: AbortSignal }) => Promise<Uint8Array>
  /** Aborts running fetches. */
  close?: () => Promise<void>
}

export interface IntakeOptions {
  /** IMAGES_ROOT: folder of images that clients may name by path. Relative paths are tried here first. */
  readonly imagesRoot?: string | undefined
  /** FACES_DB_PATH: folder of the face database; clients may name its images by path too. */
  readonly facesDbPath?: string | undefined
  /** Allows fetches from any address, not only from public ones. */
  readonly allowPrivateUrls: boolean
  /** `host` or `*.suffix`; all when empty. A further restriction: listing a host does not allow it when it is not public. */
  readonly urlAllowedHosts: readonly string[]
  /** Largest encoded image, in bytes. */
  readonly maxImageBytes: number
  /** Time for one image by URL, redirects included, in milliseconds. */
  readonly urlTimeoutMs: number
  /** Most images fetched at the same time. Default: 128. */
  readonly maxFetches?: number
  readonly log: IntakeLog
  /** Default: see `openUrlReader`. */
  readonly resolve?: Resolve
}

/**
 * Opens the reader of images. The form of an image follows from its text alone: a scheme, else base64 of an image, else a path.
 * @throws {ConfigError} when `urlAllowedHosts` is malformed.
 *
 * @example
 * const intake = openIntake({ imagesRoot: '/data', allowPrivateUrls: false, urlAllowedHosts: [], maxImageBytes: 10e6, urlTimeoutMs: 5_000, log })
 * const bytes = await intake.read('https://example.com/photo.jpg', { signal })
 * await intake.close()
 */
export function openIntake (options: IntakeOptions): Required<ImageReader> {
  const { imagesRoot, facesDbPath, maxImageBytes, maxFetches = 128, log, resolve } = options
  const readFile = openFileReader({ roots: [imagesRoot, facesDbPath].filter((root) => root !== undefined), maxBytes: maxImageBytes })
  const urls = openUrlReader({
    allowPrivate: options.allowPrivateUrls,
    allowedHosts: options.urlAllowedHosts,
    maxBytes: maxImageBytes,
    timeoutMs: options.urlTimeoutMs,
    maxFetches,
    log,
    ...(resolve && { resolve })
  })

  return {
    async read (image, { signal }) {
      signal?.throwIfAborted()
      const decoded = decodeImage(image, maxImageBytes)
      if (decoded) return decoded
      if (/^https?:/i.test(image)) return await urls.read(image, signal)
      if (/^file:/i.test(image)) return await readFile(pathOfUrl(image), signal)
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(image)) throw imageDecodeError('The image URL must begin with http:// or https://.')
      if (image === '') throw imageDecodeError('The image is empty. Send it as base64, a URL or a path.')
      if (image.length > MAX_PATH) throw imageDecodeError('The image is not base64 of a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.')
      return await readFile(image, signal)
    },
    close: () => urls.close()
  }
}
