import sharp, { type Sharp } from 'sharp'
import { type FaceError, imageDecodeError } from '../errors.ts'
import type { Image } from './image.ts'

/** Width and height in pixels. */
export interface Size {
  readonly width: number
  readonly height: number
}

/** Pixels as a decoder returns them, row by row: `data[(y * width + x) * channels + channel]`, 0..255. */
export interface Pixels extends Size {
  readonly channels: number
  readonly data: Uint8Array
}

export interface OpenOptions {
  /** By default `error`, which refuses cut-off and broken pixels, yet accepts the many photos of which only the metadata are invalid. */
  readonly failOn?: 'error' | 'warning'
  /**
   * Whether colours are CMYK: its profile is used, if there is one. Profiles of RGB are ignored: converting a 2-megapixel photo costs twice
   * its decoding (9 → 32 ms) and moves embeddings less than the JPEG's own noise.
   */
  readonly isCmyk?: boolean
}

/** Opens an encoded picture for decoding. */
export const openEncoded = (bytes: Uint8Array, limitInputPixels: number, { failOn = 'error', isCmyk = false }: OpenOptions = {}): Sharp =>
  sharp(bytes, { limitInputPixels, failOn, autoOrient: true, animated: false, ignoreIcc: !isCmyk })

/**
 * Decodes an encoded picture that may have transparent pixels. sharp multiplies colours by alpha when it resizes, which leaves nothing of
 * transparent ones: such a picture is decoded at full scale, and resized without its alpha.
 * @throws {FaceError} image_decode_error when it is broken or cut off.
 */
export async function decodeColours (bytes: Uint8Array, limit: number, size: Size | undefined, options?: OpenOptions): Promise<Image> {
  const image = openEncoded(bytes, limit, options)
  if (!size || !await hasAlpha(image)) return await toImage(image, size)
  return await resize(await toImage(image), size)
}

async function hasAlpha (image: Sharp): Promise<boolean> {
  try {
    return (await image.metadata()).hasAlpha
  } catch (cause) {
    throw broken(cause)
  }
}

/**
 * Decodes pixels to RGB at `size`, by default at their own.
 * @throws {FaceError} image_decode_error when they are broken or cut off.
 */
export async function toImage (image: Sharp, size?: Size): Promise<Image> {
  const resized = size ? image.resize({ ...size, fit: 'fill', kernel: 'linear' }) : image
  const { width, height, channels, data } = await readPixels(resized.removeAlpha().toColourspace('srgb'))
  return { width, height, data: channels === 3 ? data : spread(data, channels) }
}

/**
 * Decodes pixels as they are.
 * @throws {FaceError} image_decode_error when they are broken or cut off.
 */
export async function readPixels (image: Sharp): Promise<Pixels> {
  try {
    const { data, info: { width, height, channels } } = await image.raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true })
    return { width, height, channels, data }
  } catch (cause) {
    throw broken(cause)
  }
}

const fromPixels = ({ data, width, height }: Image): Sharp => sharp(data, { raw: { width, height, channels: 3 } })

/** Resizes decoded pixels. */
export const resize = (image: Image, size: Size): Promise<Image> => toImage(fromPixels(image), size)

/** Returns an image upright that is stored with an EXIF orientation. */
export async function turnUpright (image: Image, orientation: number): Promise<Image> {
  const [degrees, isMirrored] = UPRIGHT[orientation] ?? [0, false]
  if (degrees === 0 && !isMirrored) return image
  const turned = degrees === 0 ? image : await toImage(fromPixels(image).rotate(degrees))
  return isMirrored ? await toImage(fromPixels(turned).flop()) : turned
}

/** Turns clockwise, in degrees, and whether the result is mirrored left to right, by orientation (EXIF 2.32, tag 274). */
const UPRIGHT: Readonly<Record<number, readonly [number, boolean]>> = {
  2: [0, true],
  3: [180, false],
  4: [180, true],
  5: [90, true],
  6: [90, false],
  7: [270, true],
  8: [270, false]
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
