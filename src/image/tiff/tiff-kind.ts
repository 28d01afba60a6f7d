import { type FaceError, imageDecodeError } from '../../errors.ts'
import type { TagChanges } from './plain-tiff.ts'
import type { TiffStructure } from './read-tiff.ts'
import { TAG } from './tiff-tags.ts'

/** Compressions that sharp's build of libtiff reads: none, CCITT, LZW, JPEG, Deflate, PackBits, WebP. */
const READ_COMPRESSIONS: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 7, 8, 32771, 32773, 32946, 50001])

const COMPRESSIONS: Readonly<Record<number, string>> = {
  6: 'old-style JPEG',
  32766: 'NeXT',
  32809: 'ThunderScan',
  32909: 'PixarLog',
  34661: 'JBIG',
  34676: 'SGILog',
  34677: 'SGILog',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  34926: 'Zstandard',
  50000: 'Zstandard',
  50002: 'JPEG XL',
  52546: 'JPEG XL'
}

export const JPEG_COMPRESSION = 7

/** Values of tag 262. */
export const PHOTOMETRIC = { whiteIsZero: 0, blackIsZero: 1, rgb: 2, palette: 3, cmyk: 5, yCbCr: 6, cieLab: 8, iccLab: 9 } as const

/** Value of tag 338 for alpha that colours are multiplied by. */
const PREMULTIPLIED = 1

/** Samples that make up the colour of a pixel; more are extra ones. */
const COLOURS: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 3, 3: 1, 5: 4, 6: 3, 8: 3, 9: 3 }

/** How a TIFF is read. libvips reads some kinds as if they were others, without a word. */
export type TiffKind =
  /** As libvips reads it. */
  | { readonly as: 'itself', readonly changes: TagChanges }
  /** As RGB of 8 bits, of which the channels then are something else. */
  | { readonly as: 'yCbCr' | 'cieLab' | 'iccLab', readonly changes: TagChanges }
  /** As a grey picture whose pixels are the samples, or the bytes of units with subsampled chroma, of the parts. */
  | { readonly as: 'samples' | 'units', readonly changes: TagChanges }

/**
 * Returns how a TIFF is read so that its colours are right.
 * @throws {FaceError} image_decode_error when we cannot.
 */
export function tiffKind (tiff: TiffStructure): TiffKind {
  const { compression, samples, bits, formats, isPlanar, photometric = samples < 3 ? PHOTOMETRIC.blackIsZero : PHOTOMETRIC.rgb } = tiff
  if (!READ_COMPRESSIONS.has(compression)) throw unsupported(`is compressed with ${COMPRESSIONS[compression] ?? `scheme ${compression}`}`)
  const colours = COLOURS[photometric]
  if (colours === undefined || colours > samples) throw unsupported(`has ${samples} samples with photometric interpretation ${photometric}`)
  if (formats.some((format) => format === 3)) throw unsupported('has floating-point samples')
  if (formats.some((format) => format !== 1 && format !== 4)) throw unsupported('has signed or complex samples')
  const depth = bits[0]!
  if (![1, 2, 4, 8, 16].includes(depth) || bits.some((other) => other !== depth)) throw unsupported(`has samples of ${bits.join(', ')} bits`)
  if (photometric === PHOTOMETRIC.cmyk && tiff.tags.numbers(TAG.inkSet, 1)[0] === 2) throw unsupported('has inks other than CMYK')

  // Where we drop the alpha, colours have to be their own.
  const isPremultiplied = tiff.extraSamples[0] === PREMULTIPLIED
  if (isPremultiplied && (depth < 8 || (isPlanar && colours === 1))) throw unsupported(`has premultiplied alpha of ${depth} bits or in a plane of its own`)

  const stated = { [TAG.photometric]: [photometric] }
  if (compression === JPEG_COMPRESSION) return { as: 'itself', changes: stated }
  if (photometric === PHOTOMETRIC.yCbCr) return yCbCrKind(tiff, depth)
  if (photometric === PHOTOMETRIC.iccLab || (photometric === PHOTOMETRIC.cieLab && depth === 8)) return labKind(photometric, depth)
  if (depth < 8 && samples > 1) return packedKind(tiff, photometric)
  return { as: 'itself', changes: isPlanar && colours === 1 ? firstPlane(tiff, photometric) : stated }
}

const unsupported = (kind: string): FaceError =>
  imageDecodeError(`The image is a TIFF that ${kind}, which is not supported. Send 8 or 16 bits a sample in RGB or grey, compressed with LZW, Deflate or JPEG, or not at all.`)

/** Width and height of the chroma's units in pixels: 1, 2 or 4. By default 2 (TIFF 6.0 §21). */
export function subsampling ({ tags }: TiffStructure): readonly [number, number] {
  const [across = 2, down = across] = tags.numbers(TAG.yCbCrSubsampling, 2)
  return [across, down]
}

function yCbCrKind (tiff: TiffStructure, depth: number): TiffKind {
  const [across, down] = subsampling(tiff)
  if (depth !== 8 || tiff.samples !== 3) throw unsupported(`has ${tiff.samples} samples of ${depth} bits in YCbCr`)
  if (across === 1 && down === 1) return { as: 'yCbCr', changes: AS_RGB }
  if (![across, down].every((factor) => [1, 2, 4].includes(factor)) || tiff.isPlanar || predictorOf(tiff) !== 1) {
    throw unsupported(`has chroma subsampled by ${across} × ${down} in planes, or predicted`)
  }
  const { parts, height } = tiff
  const rows = Math.ceil(parts.height / down)
  const last = height - (parts.down - 1) * parts.height
  const allRows = parts.isTiled ? parts.down * rows : (parts.down - 1) * rows + Math.ceil(last / down)
  return { as: 'units', changes: asGrey(tiff, Math.ceil(parts.width / across) * (across * down + 2), rows, allRows, 8) }
}

function labKind (photometric: number, depth: number): TiffKind {
  if (depth !== 8) throw unsupported(`has samples of ${depth} bits in ICC Lab`)
  return { as: photometric === PHOTOMETRIC.cieLab ? 'cieLab' : 'iccLab', changes: AS_RGB }
}

/** libvips reads less than 8 bits only where a pixel has one sample. */
function packedKind (tiff: TiffStructure, photometric: number): TiffKind {
  if (photometric > PHOTOMETRIC.rgb || tiff.isPlanar || predictorOf(tiff) !== 1) throw unsupported(`has several samples of ${tiff.bits[0]} bits that are no RGB, in planes, or predicted`)
  const { parts, samples, height } = tiff
  return { as: 'samples', changes: asGrey(tiff, parts.width * samples, parts.height, parts.isTiled ? parts.down * parts.height : height, tiff.bits[0]!) }
}

/** The orientation is for the picture that is made of the channels. */
const AS_RGB: TagChanges = { [TAG.photometric]: [PHOTOMETRIC.rgb], [TAG.orientation]: undefined }

const predictorOf = ({ tags }: TiffStructure): number => tags.numbers(TAG.predictor, 1)[0] || 1

/** Tags of a grey picture whose parts have `width` samples in each of `rows` rows. */
function asGrey ({ parts }: TiffStructure, width: number, rows: number, height: number, bits: number): TagChanges {
  return {
    ...GREY,
    [TAG.photometric]: [PHOTOMETRIC.blackIsZero],
    [TAG.orientation]: undefined,
    [TAG.iccProfile]: undefined,
    [TAG.bits]: [bits],
    [TAG.width]: [parts.across * width],
    [TAG.height]: [height],
    ...parts.isTiled ? { [TAG.tileWidth]: [width], [TAG.tileHeight]: [rows] } : { [TAG.rowsPerStrip]: [rows] }
  }
}

const GREY: TagChanges = {
  [TAG.samples]: [1],
  [TAG.planar]: undefined,
  [TAG.extraSamples]: undefined,
  [TAG.sampleFormat]: undefined
}

/** Most that a LONG can hold; a part without a stated length reaches to the end of the file. */
const LONGEST_PART = 2 ** 32 - 1

/** Grey with extra samples in planes of their own: the first plane is the picture. */
function firstPlane ({ parts, bits }: TiffStructure, photometric: number): TagChanges {
  const ranges = parts.ranges.slice(0, parts.across * parts.down)
  return {
    ...GREY,
    [TAG.photometric]: [photometric],
    [TAG.bits]: [bits[0]!],
    [parts.isTiled ? TAG.tileOffsets : TAG.stripOffsets]: ranges.map(({ start }) => start),
    [parts.isTiled ? TAG.tileLengths : TAG.stripLengths]: ranges.map(({ start, end }) => Math.min(LONGEST_PART, end - start))
  }
}
