import { readTags, TAG, type TiffTags } from './tiff-tags.ts'

/** Structure of the first picture of a TIFF, as its directory states it. No pixel is decoded. */
export interface TiffStructure {
  readonly isLittleEndian: boolean
  /** Size as it is stored, before the orientation. */
  readonly width: number
  readonly height: number
  /** Tag 259, such as 1 (none), 5 (LZW), 7 (JPEG). */
  readonly compression: number
  /** Tag 262, such as 2 (RGB) or 6 (YCbCr); undefined when the file does not say it. */
  readonly photometric: number | undefined
  /** Samples of a pixel, extra ones among them, and bits of each of them. */
  readonly samples: number
  readonly bits: readonly number[]
  /** Tag 339 for each sample: 1 unsigned, 2 signed, 3 floating point. */
  readonly formats: readonly number[]
  /** Tag 338 for each sample beyond those of the colour: 1 premultiplied alpha, 2 alpha, 0 anything else. */
  readonly extraSamples: readonly number[]
  /** Whether each part holds one sample of its pixels instead of all. */
  readonly isPlanar: boolean
  /** 1, or the EXIF orientation. */
  readonly orientation: number
  /** Strips, which are as wide as the picture, or tiles. */
  readonly parts: TiffParts
  /** Tables that the JPEGs of all parts share. */
  readonly jpegTables: Uint8Array | undefined
  readonly tags: TiffTags
}

export interface TiffParts {
  readonly isTiled: boolean
  /** Size of a part in pixels; the last strip may have fewer rows. */
  readonly width: number
  readonly height: number
  /** Number of parts beside and below each other; planar pictures have as many for each sample. */
  readonly across: number
  readonly down: number
  /** Bytes of each part, row by row, sample by sample. A range may lie beyond the end of the file; the file may list too few. */
  readonly ranges: ReadonlyArray<{ readonly start: number, readonly end: number }>
}

/** Most samples of a pixel that are read: CMYK, alpha, and some that nobody knows. */
const MOST_SAMPLES = 16
/** Most parts: tiles of 16 × 16 pixels, the smallest that TIFF 6.0 §15 allows, of a picture of 256 megapixels. */
const MOST_PARTS = 1_000_000

/**
 * Reads the structure of a TIFF, in time that is linear in the number of its parts. Undefined when `bytes` are no TIFF or its first directory
 * states no size.
 *
 * @example
 * const { compression, parts } = readTiff(bytes)!
 */
export function readTiff (bytes: Uint8Array): TiffStructure | undefined {
  const tags = readTags(bytes)
  if (!tags) return undefined
  const first = (tag: number): number | undefined => tags.numbers(tag, 1)[0]
  const [width, height] = [first(TAG.width) ?? 0, first(TAG.height) ?? 0]
  if (!(width > 0 && height > 0)) return undefined
  const samples = Math.min(MOST_SAMPLES, first(TAG.samples) || 1)
  const isPlanar = first(TAG.planar) === 2 && samples > 1
  const orientation = first(TAG.orientation) ?? 1
  return {
    isLittleEndian: tags.isLittleEndian,
    width,
    height,
    compression: first(TAG.compression) || 1,
    photometric: first(TAG.photometric),
    samples,
    bits: forEach(samples, tags.numbers(TAG.bits, samples), 1),
    formats: forEach(samples, tags.numbers(TAG.sampleFormat, samples), 1).map((format) => format || 1),
    extraSamples: tags.numbers(TAG.extraSamples, samples),
    isPlanar,
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
    parts: readParts(tags, width, height, isPlanar ? samples : 1),
    jpegTables: tags.bytes(TAG.jpegTables),
    tags
  }
}

/** Returns a value for each sample; the last one stated holds for those without. */
const forEach = (samples: number, values: readonly number[], otherwise: number): number[] =>
  Array.from({ length: samples }, (_, i) => values[i] ?? values.at(-1) ?? otherwise)

function readParts (tags: TiffTags, width: number, height: number, planes: number): TiffParts {
  const first = (tag: number): number | undefined => tags.numbers(tag, 1)[0]
  const isTiled = first(TAG.tileWidth) !== undefined
  const partWidth = isTiled ? first(TAG.tileWidth)! : width
  const partHeight = isTiled ? first(TAG.tileHeight) ?? 0 : Math.min(height, first(TAG.rowsPerStrip) || height)
  const [across, down] = [Math.ceil(width / partWidth), Math.ceil(height / partHeight)]
  const most = Math.min(MOST_PARTS, across * down * planes)
  // Some writers list tiles under the tags of strips.
  const offsets = listed(tags, isTiled ? [TAG.tileOffsets, TAG.stripOffsets] : [TAG.stripOffsets, TAG.tileOffsets], most)
  const lengths = listed(tags, isTiled ? [TAG.tileLengths, TAG.stripLengths] : [TAG.stripLengths, TAG.tileLengths], most)
  // A file without lengths is one of a single strip up to the end.
  const ranges = offsets.map((start, i) => ({ start, end: start + (lengths[i] ?? Number.MAX_SAFE_INTEGER) }))
  return { isTiled, width: partWidth, height: partHeight, across, down, ranges }
}

function listed (tags: TiffTags, alternatives: readonly number[], most: number): number[] {
  return alternatives.map((tag) => tags.numbers(tag, most)).find((values) => values.length > 0) ?? []
}
