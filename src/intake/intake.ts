import { imageDecodeError } from '../errors.ts'
import { decodeImage } from './base64.ts'
import type { Resolve } from './connect.ts'
import { LONGEST_PATH, openFileReader, pathOfUrl } from './file.ts'
import type { IntakeLog } from './log.ts'
import { openUrlReader } from './url.ts'

/** Turns what a client sent as an image into its encoded bytes. */
export interface ImageReader {
  /**
   * The encoded bytes behind `image`: a data URI, bare base64, a URL or a path. They lie in memory of their own (`bytes.buffer` holds
   * nothing else), so that the caller may transfer them to a worker.
   * @throws {FaceError} image_decode_error, image_too_large, overloaded, service_unavailable after `close`; or the reason of `signal`.
   */
  read: (image: string, options: { readonly signal?: AbortSignal }) => Promise<Uint8Array>
  /** Ends what is being fetched. */
  close?: () => Promise<void>
}

export interface IntakeOptions {
  /** Folder whose images may be named by path. Relative paths are tried here first. */
  readonly imagesRoot?: string | undefined
  /** Folder of the face database; its images may be named by path too. */
  readonly facesDbPath?: string | undefined
  /** Fetch from any address, and not from public ones only. */
  readonly allowPrivateUrls: boolean
  /** `host` or `*.suffix`; all when empty. Restricts further, and never opens what is not public. */
  readonly urlAllowedHosts: readonly string[]
  /** Largest encoded image, in bytes. */
  readonly maxImageBytes: number
  /** For one image by URL, redirects included, in milliseconds. */
  readonly urlTimeoutMs: number
  readonly log: IntakeLog
  /** Resolves host names; the machine's own way by default. */
  readonly resolve?: Resolve
}

/**
 * Opens the reader of images. What an image is follows from its text alone: a scheme, else the bytes it decodes to, else a path.
 * @throws {ConfigError} when `urlAllowedHosts` is malformed.
 */
export function openIntake ({ imagesRoot, facesDbPath, allowPrivateUrls, urlAllowedHosts, maxImageBytes, urlTimeoutMs, log, resolve }: IntakeOptions): Required<ImageReader> {
  const readFile = openFileReader({ roots: [imagesRoot, facesDbPath].filter((root) => root !== undefined), maxBytes: maxImageBytes })
  const urls = openUrlReader({
    allowPrivate: allowPrivateUrls,
    allowedHosts: urlAllowedHosts,
    maxBytes: maxImageBytes,
    timeoutMs: urlTimeoutMs,
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
      if (image.length > LONGEST_PATH) throw imageDecodeError('The image is not base64 of a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.')
      return await readFile(image, signal)
    },
    close: () => urls.close()
  }
}
