import { imageDecodeError } from '../../errors.ts'
import type { Image } from '../image.ts'
import { decodeColours, openEncoded, readPixels, resize, type Size, turnUpright } from '../pixels.ts'
import { plainTiff } from './plain-tiff.ts'
import { readTiff } from './read-tiff.ts'
import { PHOTOMETRIC, tiffKind } from './tiff-kind.ts'
import { TAG } from './tiff-tags.ts'
import { unpack } from './unpack.ts'

/** Most samples of the grey picture as which a pixel may be read: four of a colour and its alpha, or one and a half with chroma, and padding. */
const MOST_SAMPLES = 16

/**
 * Decodes the first picture of a TIFF, upright and at `size`, by default as large as it is.
 * @throws {FaceError} image_decode_error when it is broken, cut off, of a kind that cannot be read, or of more than `limit` pixels.
 */
export async function decodeTiff (bytes: Uint8Array, limit: number, size: Size | undefined): Promise<Image> {
  const tiff = readTiff(bytes)
  if (!tiff) throw imageDecodeError('The image is a TIFF whose directory is broken or cut off.')
  const kind = tiffKind(tiff)
  const plain = plainTiff(bytes, tiff.tags, { [TAG.orientation]: [tiff.orientation], ...kind.changes })
  if (kind.as === 'itself') return await decodeColours(plain, limit, size, { isCmyk: tiff.photometric === PHOTOMETRIC.cmyk })
  const isGrey = kind.as === 'units' || kind.as === 'samples'
  const stored = openEncoded(plain, limit * MOST_SAMPLES).toColourspace(isGrey ? 'b-w' : 'srgb')
  const image = unpack(tiff, kind.as, await readPixels(stored))
  const upright = await turnUpright(image, tiff.orientation)
  return size ? await resize(upright, size) : upright
}
