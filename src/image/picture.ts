import sharp, { type Metadata } from 'sharp'
import { type FaceError, imageDecodeError } from '../errors.ts'
import { decodeBmp, isBmp } from './decode-bmp.ts'
import { decode, resize, type Size } from './decode.ts'
import { sizeProblem } from './image-size.ts'
import type { Image } from './image.ts'

/** An encoded picture whose header has been read. Its pixels are decoded at the requested scales, never larger. */
export interface Picture {
  /** Size of the upright picture at full scale. */
  readonly width: number
  readonly height: number
  /**
   * Returns the upright picture at `scale` times its size. A scale above 1 enlarges, for pictures too small for a network. An image decoded
   * before is reused when its scale lies between `least` and `largest`, by default `scale` and twice `scale`.
   * @throws {FaceError} image_decode_error when the pixels are broken or cut off.
   */
  at: (scale: number, least?: number, largest?: number) => Promise<Image>
  /**
   * Returns the upright picture at full scale, however large, every pixel as it was encoded.
   * @throws {FaceError} image_decode_error when the pixels are broken or cut off.
   */
  whole: () => Promise<Image>
}

/** Longest side, in pixels, of an image decoded by `at`: faces that need more than this are sampled from it. */
const LONGEST = 4096

/**
 * Files of at most `bytes` are decoded at once, without reading their header first: most pictures of that size are no larger than the input
 * of a detector, and reading the header alone costs a quarter of decoding them. The result is kept when its longest side has at most
 * `side` pixels; a larger picture is opened by its header and decoded at the requested scale.
 */
const SMALL = { bytes: 2 ** 16, side: 480 }

/** EXIF orientations from this one to 8 rotate the picture by a quarter turn, which swaps width and height. */
const QUARTER_TURN = 5

/**
 * Reads the header of an encoded JPEG, PNG, WebP, GIF (first frame), TIFF (first page), AVIF or BMP picture.
 * @throws {FaceError} image_decode_error when `bytes` are in none of these formats; image_too_large when it has more than `limit` pixels.
 *
 * @example
 * const picture = await openPicture(await readFile('photo.jpg'), 50_000_000)
 * const half = await picture.at(0.5)
 */
export async function openPicture (bytes: Uint8Array, limit: number): Promise<Picture> {
  if (isBmp(bytes)) return fromImage(decodeBmp(bytes, limit))
  const small = bytes.length <= SMALL.bytes ? await decodeSmall(bytes, limit) : undefined
  if (small) return fromImage(small)
  const { width: w, height: h, orientation = 1, compression } = await metadata(bytes)
  // HEIC: libvips reads its header, because its container is AVIF's, but not its pixels, which need a patented decoder.
  if (compression === 'hevc') throw unreadable()
  const problem = sizeProblem(w, h, limit)
  if (problem) throw problem
  const [width, height] = orientation >= QUARTER_TURN ? [h, w] : [w, h]
  return fromDecoder(width, height, async (scale) => decode(bytes, limit, scale === 1 ? undefined : sizeAt(scale, width, height)))
}

/** Returns a picture of pixels that are decoded already. */
export function fromImage (image: Image): Picture {
  const { width, height } = image
  return fromDecoder(width, height, async (scale) =>
    scale === 1 ? image : resize(image, sizeAt(scale, width, height)))
}

const sizeAt = (scale: number, width: number, height: number): Size =>
  ({ width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) })

function fromDecoder (width: number, height: number, decodeAt: (scale: number) => Promise<Image>): Picture {
  const decoded: Image[] = []
  const most = LONGEST / Math.max(width, height)
  async function keep (scale: number): Promise<Image> {
    const image = await decodeAt(scale)
    decoded.push(image)
    return image
  }
  return {
    width,
    height,
    async at (wanted, leastWanted = wanted, largest = 2 * wanted) {
      const scale = Math.min(wanted, most)
      const least = Math.min(leastWanted, scale)
      // Half a pixel of slack: the sides of a resized picture are whole numbers.
      const fits = (image: Image): boolean => image.width + 0.5 >= width * least && image.width <= width * largest + 1
      return decoded.find(fits) ?? await keep(scale)
    },
    whole: async () => decoded.find((image) => image.width === width && image.height === height) ?? await keep(1)
  }
}

/** Decodes a picture of few pixels. Undefined when it has more, or when it cannot be decoded; reading its header then finds out why. */
async function decodeSmall (bytes: Uint8Array, limit: number): Promise<Image | undefined> {
  try {
    const image = await decode(bytes, Math.min(limit, SMALL.side ** 2), undefined)
    return Math.max(image.width, image.height) <= SMALL.side ? image : undefined
  } catch {
    return undefined
  }
}

async function metadata (bytes: Uint8Array): Promise<Metadata> {
  try {
    return await sharp(bytes, { limitInputPixels: false, failOn: 'error', animated: false }).metadata()
  } catch (cause) {
    throw unreadable(cause)
  }
}

const unreadable = (cause?: unknown): FaceError =>
  imageDecodeError('The bytes are no image we can read. Send a JPEG, PNG, WebP, GIF, TIFF, AVIF or BMP.', cause)
