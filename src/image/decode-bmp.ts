import nsbmp from '@cwasm/nsbmp'
import { imageDecodeError } from '../errors.ts'
import { expandRle, isRle } from './expand-rle.ts'
import type { Image } from './image.ts'

/** Whether `bytes` start with the signature of a Windows bitmap, for which sharp's build of libvips has no loader. */
export const isBmp = (bytes: Uint8Array): boolean => bytes.length >= 26 && bytes[0] === 0x42 && bytes[1] === 0x4d

/**
 * Width and height in pixels, as stated in the header, where a negative height means rows from top to bottom.
 * @throws {FaceError} image_decode_error when the picture is empty.
 */
export function bmpSize (bytes: Uint8Array): { width: number, height: number } {
  const { width, height } = statedSize(bytes)
  if (width <= 0 || height <= 0) throw imageDecodeError('The image is a bitmap with an empty or negative size.')
  return { width, height }
}

function statedSize (bytes: Uint8Array): { width: number, height: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const header = view.getUint32(14, true)
  // BITMAPCOREHEADER has 16-bit sizes, all later headers 32-bit ones.
  if (header === 12) return { width: view.getUint16(18, true), height: view.getUint16(20, true) }
  return { width: view.getInt32(18, true), height: Math.abs(view.getInt32(22, true)) }
}

/**
 * Decodes a bitmap with NetSurf's libnsbmp.
 * @throws {FaceError} image_decode_error when it is broken.
 */
export function decodeBmp (bytes: Uint8Array): Image {
  const { width, height } = bmpSize(bytes)
  const { data } = decode(isRle(bytes) ? expandRle(bytes, width, height) : bytes)
  const rgb = new Uint8Array(width * height * 3)
  for (let from = 0, to = 0; to < rgb.length; from += 4) {
    rgb[to++] = data[from]!
    rgb[to++] = data[from + 1]!
    rgb[to++] = data[from + 2]!
  }
  return { width, height, data: rgb }
}

function decode (bytes: Uint8Array) {
  try {
    return nsbmp.decode(bytes)
  } catch (cause) {
    throw imageDecodeError('The image is a bitmap that cannot be decoded.', cause)
  }
}
