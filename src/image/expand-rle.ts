import { imageDecodeError } from '../errors.ts'

/** Values of biCompression (BITMAPINFOHEADER). */
const RLE8 = 1
const RLE4 = 2
/** Codes that follow a zero in the stream. */
const END_OF_LINE = 0
const END_OF_BITMAP = 1
const DELTA = 2

/** Whether a bitmap's rows are run-length encoded, by its header. */
export function isRle (bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  // BITMAPCOREHEADER has no compression.
  if (bytes.length < 54 || view.getUint32(14, true) < 40) return false
  const [depth, compression] = [view.getUint16(28, true), view.getUint32(30, true)]
  return (compression === RLE8 && depth === 8) || (compression === RLE4 && depth === 4)
}

/**
 * Returns the same bitmap with plain rows. Pixels that the stream skips have index 0. Ends of lines after the last row, and runs beyond the
 * end of a row, which several writers make, are passed over; libnsbmp refuses them.
 * @throws {FaceError} image_decode_error when the stream ends before the last row has begun, and has no end of its own.
 */
export function expandRle (bytes: Uint8Array, width: number, height: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = view.getUint32(10, true)
  const isNibbles = view.getUint16(28, true) === 4
  const bits = isNibbles ? 4 : 8
  const stride = Math.ceil(width * bits / 32) * 4
  const plain = new Uint8Array(start + stride * height)
  plain.set(bytes.subarray(0, Math.min(start, bytes.length)))
  const plainView = new DataView(plain.buffer)
  plainView.setUint32(30, 0, true)
  plainView.setUint32(34, stride * height, true)

  let [x, y] = [0, 0]
  function put (index: number): void {
    if (x < width && y < height) {
      const at = start + y * stride
      if (isNibbles) plain[at + (x >> 1)]! |= x & 1 ? index : index << 4
      else plain[at + x] = index
    }
    x++
  }
  const indexAt = (at: number, i: number): number => isNibbles ? nibble(bytes[at + (i >> 1)]!, i) : bytes[at + i]!

  for (let at = start; y < height;) {
    if (at + 1 >= bytes.length) {
      // Every row is there; only the end of the bitmap is not said.
      if (y === height - 1 && x >= width) break
      throw imageDecodeError('The image is a bitmap that is cut off.')
    }
    const [count, code] = [bytes[at]!, bytes[at + 1]!]
    at += 2
    if (count > 0) {
      for (let i = 0; i < count; i++) put(isNibbles ? nibble(code, i) : code)
    } else if (code === END_OF_BITMAP) {
      break
    } else if (code === END_OF_LINE) {
      x = 0
      y++
    } else if (code === DELTA) {
      x += bytes[at] ?? 0
      y += bytes[at + 1] ?? 0
      at += 2
    } else {
      const length = isNibbles ? (code + 1) >> 1 : code
      if (at + length > bytes.length) throw imageDecodeError('The image is a bitmap that is cut off.')
      for (let i = 0; i < code; i++) put(indexAt(at, i))
      // Absolute runs are padded to 16 bits.
      at += length + length % 2
    }
  }
  return plain
}

const nibble = (byte: number, i: number): number => i & 1 ? byte & 15 : byte >> 4
