import { FaceError, imageDecodeError } from '../errors.ts'
import { base64Start } from './base64.ts'
import { base64Decoder, type Base64Decoder } from './base64-decoder.ts'

/** Characters of a text that must have come before it can be told whether it holds an image: the longest header of a data: URI, and a signature. */
export const IMAGE_TEXT_HEAD = 224

/**
 * Decodes an image in a text that comes piece by piece, as a data: URI or bare base64. Neither the image nor its text passes through V8's heap
 * as a whole, and no piece holds the event loop.
 * @param head at least IMAGE_TEXT_HEAD characters.
 */
export function imageText (head: string, maxImageBytes: number) {
  let decoder: Base64Decoder | undefined
  let problem: FaceError | undefined

  /** Runs a step of decoding. A problem is kept, since only the reader of the text knows whether it should be an image. */
  function attempt<Result> (step: () => Result): Result | undefined {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof FaceError)) throw error
      problem = error
      return undefined
    }
  }

  attempt(() => {
    const start = base64Start(head)
    if (start === undefined) throw imageDecodeError('The image is not base64 of a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP file.')
    decoder = base64Decoder(maxImageBytes)
    decoder.write(head.slice(start))
  })

  return {
    write (text: string): void {
      if (!problem) attempt(() => decoder!.write(text))
    },
    /** Returns the image in memory of its own, or why there is none. */
    end: (): Uint8Array | FaceError => problem ?? attempt(() => decoder!.end()) ?? problem!
  }
}
