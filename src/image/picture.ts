import sharp, { type Metadata } from 'sharp'
import { type FaceError, imageDecodeError, imageTooLarge } from '../errors.ts'
import { decodingCost, type Header } from './cost/decoding-cost.ts'
import { readJpeg } from './cost/jpeg-cost.ts'
import { bmpSize, isBmp } from './decode-bmp.ts'
import { decode } from './decode.ts'
import type { Decoder } from './decoder/open-decoder.ts'
import { sizeProblem } from './image-size.ts'
import type { Image } from './image.ts'
import { resize, type Size } from './pixels.ts'
import { stillAvif } from './still-avif.ts'
import { readTiff } from './tiff/read-tiff.ts'
import { tiffKind } from './tiff/tiff-kind.ts'
import { isTiff, TAG } from './tiff/tiff-tags.ts'

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
  /** Returns the ICC profile of RGB in which the pixels are; undefined for sRGB, and for colours that were converted when they were decoded. */
  readonly profile: () => Promise<Uint8Array | undefined>
}

/** Pixels of the largest image decoded by `at`, whatever its proportions: faces that need more than this are sampled from it. */
const MOST_PIXELS = 4096 * 3072

const mostScale = (width: number, height: number): number => Math.sqrt(MOST_PIXELS / (width * height))

/**
 * Files of at most `bytes` are decoded at once, without reading their header first: most pictures of that size are no larger than the input
 * of a detector, and reading the header alone costs a quarter of decoding them. The result is kept when its longest side has at most
 * `side` pixels; a larger picture is opened by its header and decoded at the requested scale.
 */
const SMALL = { bytes: 2 ** 16, side: 480 }
/** Most scans of such a JPEG; of 480 × 480 pixels each takes less than 2 ms. */
const MOST_SCANS = 100

/** EXIF orientations from this one to 8 rotate the picture by a quarter turn, which swaps width and height. */
const QUARTER_TURN = 5

/** Time of decoding, by `decodingCost`, up to which a picture is decoded in place, and from which on it is refused. Milliseconds. */
const TIME = { inPlace: 300, most: 5_000 }

/** Bytes of a decoder's process besides those that a picture takes. */
const DECODER_MEMORY = 64 * 2 ** 20

/** Factors by which decoding apart may take more than its cost, and what any picture may take; the process then ends. */
const BOUNDS = { milliseconds: 10_000, memory: { factor: 1.5, plus: 64 * 2 ** 20 } }

/** How pictures are decoded within what a service has. Without it they are decoded in place, whatever they take. */
export interface DecodingMeans {
  /** Whether `whole` will be called: memory for the picture at full scale, and for copies of it, is then reserved too. */
  readonly isWhole: boolean
  /** Most bytes that can be reserved. */
  readonly memory: number
  /** Waits until so many bytes are free, and reserves them. */
  readonly reserve: (bytes: number) => Promise<void>
  /** Decodes where it can be interrupted. */
  readonly decodeApart: Decoder['decode']
}

/**
 * Reads the header of an encoded JPEG, PNG, WebP, GIF (first frame), TIFF (first page), AVIF or BMP picture, and the structure of its file:
 * what decoding costs is known before it begins.
 * @throws {FaceError} image_decode_error when `bytes` are in none of these formats; image_too_large when it has more than `limit` pixels, or
 * takes too much time or memory.
 *
 * @example
 * const picture = await openPicture(await readFile('photo.jpg'), 50_000_000)
 * const half = await picture.at(0.5)
 */
export async function openPicture (bytes: Uint8Array, limit: number, means?: DecodingMeans): Promise<Picture> {
  const profile = (): Promise<Uint8Array | undefined> => rgbProfile(bytes)
  const small = bytes.length <= SMALL.bytes ? await decodeSmall(bytes, limit) : undefined
  if (small) return { ...fromImage(small), profile }
  const header = await readHeader(bytes)
  const problem = sizeProblem(header.width, header.height, limit)
  if (problem) throw problem
  const cost = decodingCost(bytes, header)
  if (cost.milliseconds > TIME.most) throw tooCostly(`take about ${Math.round(cost.milliseconds / 1000)} s`, `${TIME.most / 1000} s`)
  const isApart = means && (cost.isUncertain || cost.milliseconds > TIME.inPlace)
  const returned = returnedBytes(header, means?.isWhole ?? false)
  // The image is in both processes for a moment.
  const memory = cost.memory + returned + (isApart ? returned + DECODER_MEMORY : 0)
  if (means) {
    if (memory > means.memory) throw tooCostly(`take about ${megabytes(memory)} MB`, `${megabytes(means.memory)} MB`)
    await means.reserve(memory)
  }
  const bounds = { milliseconds: BOUNDS.milliseconds, memory: BOUNDS.memory.factor * memory + BOUNDS.memory.plus }
  // The bitmap decoder knows no scales.
  if (header.format === 'bmp' && !isApart) return fromImage(await decode(bytes, limit, undefined))
  const [width, height] = isQuarterTurned(header) ? [header.height, header.width] : [header.width, header.height]
  const picture = isApart
    ? decodedOnce(width, height, means.isWhole, async (size) => await means.decodeApart(bytes, limit, size, bounds))
    : fromDecoder(width, height, async (scale) => await decode(bytes, limit, scale === 1 ? undefined : sizeAt(scale, width, height)))
  return { ...picture, profile }
}

async function rgbProfile (bytes: Uint8Array): Promise<Uint8Array | undefined> {
  if (isBmp(bytes)) return undefined
  const icc = isTiff(bytes) ? readTiff(bytes)?.tags.bytes(TAG.iccProfile) : (await metadata(stillAvif(bytes))).icc
  // The colour space of the pixels that the profile is for (ICC.1:2022, 7.2.6).
  return icc && String.fromCharCode(...icc.subarray(16, 20)) === 'RGB ' ? icc : undefined
}

/**
 * Returns a picture whose decoding is dear: it is decoded once, at the largest scale that `at` returns or, when `isWhole`, at full scale, and
 * all smaller ones are made of that.
 */
function decodedOnce (width: number, height: number, isWhole: boolean, decodeTo: (size: Size | undefined) => Promise<Image>): Picture {
  const largest = isWhole ? 1 : Math.min(1, mostScale(width, height))
  let base: Promise<Image> | undefined
  return fromDecoder(width, height, async (scale) => {
    if (scale === 1 && largest < 1) return await decodeTo(undefined)
    base ??= decodeTo(largest === 1 ? undefined : sizeAt(largest, width, height))
    return scale === largest ? await base : await resize(await base, sizeAt(scale, width, height))
  })
}

interface PictureHeader extends Header {
  readonly orientation: number
  readonly hasAlpha: boolean
}

const isQuarterTurned = ({ orientation }: PictureHeader): boolean => orientation >= QUARTER_TURN

/** @throws {FaceError} image_decode_error. */
async function readHeader (bytes: Uint8Array): Promise<PictureHeader> {
  if (isBmp(bytes)) return { format: 'bmp', ...bmpSize(bytes), isDeep: false, orientation: 1, hasAlpha: false }
  if (isTiff(bytes)) return tiffHeader(bytes)
  const { format, width, height, depth, orientation = 1, compression, hasAlpha } = await metadata(stillAvif(bytes))
  // HEIC: libvips reads its header, because its container is AVIF's, but not its pixels, which need a patented decoder.
  if (compression === 'hevc') throw imageDecodeError('The image is a HEIC, which is not supported. Send it as a JPEG, PNG, WebP or AVIF.')
  return { format, width, height, isDeep: depth !== 'uchar', orientation, hasAlpha }
}

function tiffHeader (bytes: Uint8Array): PictureHeader {
  const tiff = readTiff(bytes)
  if (!tiff) throw unreadable()
  tiffKind(tiff)
  const { width, height, bits, orientation } = tiff
  return { format: 'tiff', width, height, isDeep: bits[0]! > 8, orientation, hasAlpha: tiff.samples > 1 }
}

/**
 * Bytes of the images that a picture keeps: the largest, and others at smaller scales or copies for networks that look at all of it. libvips
 * holds a picture that it turns as a whole; one with alpha is decoded at full scale before it is resized.
 */
function returnedBytes ({ width, height, orientation, hasAlpha }: PictureHeader, isWhole: boolean): number {
  const most = Math.min(1, mostScale(width, height)) ** 2
  const pixels = width * height
  return 3 * pixels * ((isWhole ? 3 : 1.5 * most) + (orientation > 1 ? 1 : 0) + (hasAlpha ? 1 : 0))
}

const megabytes = (bytes: number): number => Math.ceil(bytes / 2 ** 20)

const tooCostly = (takes: string, limit: string): FaceError =>
  imageTooLarge(`Decoding the image would ${takes}; the limit is ${limit}. Send a smaller image, or the same one as a plain JPEG.`)

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
  const most = mostScale(width, height)
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
    profile: async () => undefined,
    whole: async () => decoded.find((image) => image.width === width && image.height === height) ?? await keep(1)
  }
}

/**
 * Decodes a picture of few pixels. Undefined when it has more, when its file could cost more than it states, or when it cannot be decoded;
 * reading its header then finds out why.
 */
async function decodeSmall (bytes: Uint8Array, limit: number): Promise<Image | undefined> {
  if (!isPlain(bytes)) return undefined
  try {
    const image = await decode(bytes, Math.min(limit, SMALL.side ** 2), undefined)
    return Math.max(image.width, image.height) <= SMALL.side ? image : undefined
  } catch {
    return undefined
  }
}

/** Whether a small file is a JPEG, PNG, WebP or GIF that is decoded within the time of TIME.inPlace if it has few pixels. */
function isPlain (bytes: Uint8Array): boolean {
  const [first, second] = bytes
  if (first === 0xff && second === 0xd8) return readJpeg(bytes).scans <= MOST_SCANS
  // P of PNG, I of RIFF, I of GIF8.
  return (first === 0x89 && second === 0x50) || (first === 0x52 && second === 0x49) || (first === 0x47 && second === 0x49)
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
