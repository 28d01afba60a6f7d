import { conversionError } from '../../conversion-error.ts'
import { type Cursor, cursorOver } from '../cursor.ts'

/** Maximum ratio of unpacked to packed size. Weights hardly compress, so a file that exceeds it is a bomb. */
const MOST_GROWTH = 3

const MAGIC = 0x184d2204
/** Bits of the frame descriptor's flags. */
const FLAGS = { dictionary: 0x01, contentChecksum: 0x04, contentSize: 0x08, blockChecksum: 0x10 } as const
/** Bit of a block's size, set when the block is stored uncompressed. */
const STORED = 0x80000000
/** Minimum length of a copy in bytes. */
const SHORTEST_COPY = 4

export const isLz4 = (bytes: Uint8Array): boolean => bytes[0] === 0x04 && bytes[1] === 0x22 && bytes[2] === 0x4d && bytes[3] === 0x18

/**
 * Unpacks one LZ4 frame: LZ4 Frame Format 1.6.3 and Block Format of lz4 1.10 `doc/`.
 * Checksums are skipped, because files are verified by their sha256.
 * @throws {Error} ConversionError when the frame is damaged, needs a dictionary, or unpacks to more than `MOST_GROWTH` times its size.
 */
export function readLz4 (bytes: Uint8Array): Uint8Array {
  const cursor = cursorOver(bytes, 'The LZ4 file')
  if (cursor.left() < 4 || cursor.u32() !== MAGIC) throw conversionError('The file is no LZ4 frame.')
  const flags = cursor.u8()
  cursor.u8()
  if (flags >> 6 !== 1 || flags & FLAGS.dictionary) throw conversionError('The LZ4 frame is of an unknown version, or needs a dictionary.')
  if (flags & FLAGS.contentSize) cursor.take(8)
  cursor.u8()
  const output = { bytes: new Uint8Array(MOST_GROWTH * bytes.length), at: 0 }
  for (let size = cursor.u32(); size !== 0; size = cursor.u32()) {
    const block = cursor.take(size & ~STORED)
    if (size & STORED) copyIn(output, block)
    else unpack(output, block)
    if (flags & FLAGS.blockChecksum) cursor.take(4)
  }
  if (flags & FLAGS.contentChecksum) cursor.take(4)
  if (cursor.left() > 0) throw conversionError(`The LZ4 file has ${cursor.left()} bytes after its frame.`)
  return output.bytes.subarray(0, output.at)
}

interface Output {
  readonly bytes: Uint8Array
  at: number
}

/** Unpacks a block of sequences, each of literal bytes and a copy of earlier output; the last one has no copy. */
function unpack (output: Output, block: Uint8Array): void {
  const cursor = cursorOver(block, 'A block of the LZ4 file')
  while (cursor.left() > 0) {
    const token = cursor.u8()
    copyIn(output, cursor.take(length(cursor, token >> 4)))
    if (cursor.left() === 0) return
    const distance = cursor.u16()
    copyBack(output, distance, length(cursor, token & 15) + SHORTEST_COPY)
  }
}

/** Completes a length: 15 continues in the bytes that follow, up to the first that is not 255. */
function length (cursor: Cursor, nibble: number): number {
  let total = nibble
  if (nibble === 15) {
    let byte
    do {
      byte = cursor.u8()
      total += byte
    } while (byte === 255)
  }
  return total
}

function copyIn (output: Output, bytes: Uint8Array): void {
  expectRoom(output, bytes.length)
  output.bytes.set(bytes, output.at)
  output.at += bytes.length
}

/** Copies earlier output. A copy that overlaps itself repeats its bytes, and is done byte by byte. */
function copyBack (output: Output, distance: number, count: number): void {
  expectRoom(output, count)
  const { bytes, at } = output
  if (distance === 0 || distance > at) throw conversionError(`The LZ4 file is damaged: it copies from ${distance} bytes before byte ${at}.`)
  if (distance >= count) bytes.copyWithin(at, at - distance, at - distance + count)
  else for (let i = 0; i < count; i++) bytes[at + i] = bytes[at + i - distance]!
  output.at += count
}

function expectRoom ({ bytes, at }: Output, count: number): void {
  if (count > bytes.length - at) throw conversionError(`The LZ4 file would unpack to more than ${MOST_GROWTH} times its size, which no weights do.`)
}
