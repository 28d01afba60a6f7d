import { decodeBmp, isBmp } from './decode-bmp.ts'
import type { Image } from './image.ts'
import { isJpeg, isJpegCmyk, withEnd } from './jpeg.ts'
import { decodeColours, openEncoded, resize, type Size, toImage } from './pixels.ts'
import { stillAvif } from './still-avif.ts'
import { decodeTiff } from './tiff/decode-tiff.ts'
import { isTiff } from './tiff/tiff-tags.ts'

/**
 * Decodes the pixels of a picture, in any format that `openPicture` reads, upright and at `size`, by default as large as it is. Transparent
 * pixels keep their colours.
 *
 * `size` makes JPEG and WebP decoders shrink while they decode (1/2, 1/4, 1/8: most of the time of a large photo), and libvips averages the
 * rest of the way.
 * @throws {FaceError} image_decode_error when the pixels are broken, cut off, or more than `limit`.
 */
export async function decode (bytes: Uint8Array, limit: number, size: Size | undefined): Promise<Image> {
  if (isJpeg(bytes)) return await decodeJpeg(bytes, limit, size)
  if (isTiff(bytes)) return await decodeTiff(bytes, limit, size)
  if (isBmp(bytes)) {
    const image = decodeBmp(bytes)
    return size ? await resize(image, size) : image
  }
  return await decodeColours(stillAvif(bytes), limit, size)
}

/**
 * A JPEG that only lacks its last marker is read as if it had it. No warning of the decoder is forgiven then, because it fills up missing
 * pixels with grey and warns of it.
 */
async function decodeJpeg (bytes: Uint8Array, limit: number, size: Size | undefined): Promise<Image> {
  const isCmyk = isJpegCmyk(bytes)
  try {
    return await toImage(openEncoded(bytes, limit, { isCmyk }), size)
  } catch (error) {
    const ended = withEnd(bytes)
    if (!ended) throw error
    return await toImage(openEncoded(ended, limit, { isCmyk, failOn: 'warning' }), size)
  }
}
