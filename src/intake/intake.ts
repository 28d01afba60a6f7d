/** Turns what a client sent as an image into its encoded bytes. */
export interface ImageReader {
  /**
   * The bytes behind `image`: a data URI, bare base64, a URL or a path. The caller owns them.
   * @throws {FaceError} image_decode_error, image_too_large, or the reason of `signal`.
   */
  read: (image: string, options: { signal: AbortSignal }) => Promise<Uint8Array>
  close?: () => Promise<void>
}
