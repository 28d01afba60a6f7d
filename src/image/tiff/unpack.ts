import type { Image } from '../image.ts'
import { labToRgb, yCbCrToRgb } from './colours.ts'
import { PHOTOMETRIC, subsampling, type TiffKind } from './tiff-kind.ts'
import type { TiffStructure } from './read-tiff.ts'
import { TAG } from './tiff-tags.ts'

/** Samples of 8 bits, row by row: `data[(y * width + x) * channels + channel]`. */
export interface Samples {
  readonly width: number
  readonly channels: number
  readonly data: Uint8Array
}

/** Writes the colour of the pixel that `position` points to in the samples into `out` at `to`. */
type WriteColour = (out: Uint8Array, to: number, position: number) => void

/**
 * Returns the RGB pixels, as they are stored, of which `samples` are what a decoder made of the TIFF when it was read as `kind` says.
 */
export function unpack (tiff: TiffStructure, kind: TiffKind['as'], samples: Samples): Image {
  switch (kind) {
    case 'units': return unpackUnits(tiff, samples)
    case 'samples': return unpackSamples(tiff, samples)
    default: return recolour(tiff, samples, kind === 'yCbCr' ? yCbCrOf(tiff, samples) : labOf(samples, kind === 'iccLab'))
  }
}

function recolour ({ width, height }: TiffStructure, { channels }: Samples, write: WriteColour): Image {
  const out = new Uint8Array(width * height * 3)
  for (let to = 0, from = 0; to < out.length; to += 3, from += channels) write(out, to, from)
  return { width, height, data: out }
}

function yCbCrOf ({ tags }: TiffStructure, { data }: Samples): WriteColour {
  const convert = yCbCrToRgb(tags.numbers(TAG.yCbCrCoefficients, 3), tags.numbers(TAG.referenceBlackWhite, 6))
  return (out, to, at) => convert(out, to, data[at]!, data[at + 1]!, data[at + 2]!)
}

function labOf ({ data }: Samples, isIcc: boolean): WriteColour {
  const convert = labToRgb()
  // a and b are signed in CIE Lab; in ICC Lab 128 is their zero.
  const signed = (value: number): number => isIcc ? value - 128 : (value << 24) >> 24
  return (out, to, at) => convert(out, to, data[at]! / 2.55, signed(data[at + 1]!), signed(data[at + 2]!))
}

/** Each unit has the luma of its pixels, row by row, then Cb and Cr. */
function unpackUnits (tiff: TiffStructure, { width: stride, channels, data }: Samples): Image {
  const { width, height, parts, tags } = tiff
  const [across, down] = subsampling(tiff)
  const unit = across * down + 2
  const unitsAcross = Math.ceil(parts.width / across)
  const rowsOfPart = Math.ceil(parts.height / down)
  const convert = yCbCrToRgb(tags.numbers(TAG.yCbCrCoefficients, 3), tags.numbers(TAG.referenceBlackWhite, 6))
  const out = new Uint8Array(width * height * 3)
  for (let y = 0, to = 0; y < height; y++) {
    const inPart = y % parts.height
    const row = (Math.floor(y / parts.height) * rowsOfPart + Math.floor(inPart / down)) * stride
    for (let x = 0; x < width; x++, to += 3) {
      const inRow = x % parts.width
      const at = row + (Math.floor(x / parts.width) * unitsAcross + Math.floor(inRow / across)) * unit
      const luma = at + (inPart % down) * across + inRow % across
      convert(out, to, data[luma * channels]!, data[(at + unit - 2) * channels]!, data[(at + unit - 1) * channels]!)
    }
  }
  return { width, height, data: out }
}

/** RGB or grey, of which a decoder gave the samples one by one. */
function unpackSamples ({ width, height, samples, photometric, parts }: TiffStructure, { width: stride, channels, data }: Samples): Image {
  const inverted = photometric === PHOTOMETRIC.whiteIsZero ? 255 : 0
  const next = photometric === PHOTOMETRIC.rgb ? channels : 0
  const out = new Uint8Array(width * height * 3)
  for (let y = 0, to = 0; y < height; y++) {
    for (let x = 0; x < width; x++, to += 3) {
      const column = Math.floor(x / parts.width) * parts.width * samples + (x % parts.width) * samples
      const at = (y * stride + column) * channels
      out[to] = data[at]! ^ inverted
      out[to + 1] = data[at + next]! ^ inverted
      out[to + 2] = data[at + 2 * next]! ^ inverted
    }
  }
  return { width, height, data: out }
}
