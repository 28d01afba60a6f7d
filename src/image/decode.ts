import sharp, { type Sharp } from 'sharp'
import { type FaceError, imageDecodeError } from '../errors.ts'
import { decodeBmp, isBmp } from './decode-bmp.ts'
import type { Image } from './image.ts'

/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Decodes the pixels of a picture, in any format that `openPicture` reads, upright and at `size`, by default as large as it is.
 *
 * `size` makes JPEG and WebP decoders shrink while they decode (1/2, 1/4, 1/8: most of the time of a large photo), and libvips averages the
 * rest of the way.
 * @throws {FaceError} image_decode_error when the pixels are broken, cut off, or more than `limit`.
 */
export async function decode (bytes: Uint8Array, limit: number, size: Size | undefined): Promise<Image> {
  if (!isBmp(bytes)) return await toImage(open(bytes, limit), size)
  const image = decodeBmp(bytes)
  return size ? await resize(image, size) : image
}

/** Resizes decoded pixels. */
export const resize = ({ data, width, height }: Image, size: Size): Promise<Image> => toImage(sharp(data, { raw: { width, height, channels: 3 } }), size)

/**
 * `failOn: error` refuses cut-off and broken pixels, yet accepts the many photos of which only the metadata are invalid. Colour profiles
 * are ignored: converting a 2-megapixel photo costs twice its decoding (9 → 32 ms) and moves embeddings less than the JPEG's own noise.
 */
const open = (bytes: Uint8Array, limitInputPixels: number): Sharp =>
  sharp(bytes, { limitInputPixels, failOn: 'error', autoOrient: true, animated: false, ignoreIcc: true })

async function toImage (image: Sharp, size: Size | undefined): Promise<Image> {
  try {
    const resized = size ? image.resize({ ...size, fit: 'fill', kernel: 'linear' }) : image
    const { data, info } = await resized.removeAlpha().toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return { width: info.width, height: info.height, data: info.channels === 3 ? data : spread(data, info.channels) }
  } catch (cause) {
    throw broken(cause)
  }
}

/** Converts grey pixels to RGB. */
function spread (data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels
  const rgb = new Uint8Array(pixels * 3)
  for (let i = 0; i < pixels; i++) rgb.fill(data[i * channels]!, i * 3, i * 3 + 3)
  return rgb
}

const broken = (cause: unknown): FaceError =>
  imageDecodeError('The image is broken or cut off: its header can be read, its pixels cannot.', cause)
