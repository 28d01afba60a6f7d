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
