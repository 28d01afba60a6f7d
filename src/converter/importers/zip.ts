import { inflateRawSync } from 'node:zlib'
import { conversionError } from '../conversion-error.ts'
import { cursorOver } from './cursor.ts'

/** Maximum unpacked size of all deflated entries, relative to the file's size. Weights hardly compress: anything larger is a bomb. */
const MOST_GROWTH = 3

const SIGNATURES = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50, end64: 0x06064b50, locator64: 0x07064b50 } as const
const END_BYTES = 22
const LOCATOR_BYTES = 20
const METHODS = { stored: 0, deflated: 8 } as const
/** Id of the extra field with sizes that exceed 32 bits. */
const ZIP64 = 1
/** Value of a 32-bit field whose actual value is in the ZIP64 extra field. */
const ELSEWHERE = 0xffffffff

export const isZip = (bytes: Uint8Array): boolean => bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4

interface Entry {
  readonly name: string
  readonly method: number
  readonly packed: number
  readonly size: number
  /** Position of the local header. */
  readonly at: number
}

/**
 * Reads the files of an archive, by name. PKWARE's APPNOTE 6.3.10, with ZIP64 as PyTorch and NumPy write it; no encryption, and no
 * compression other than deflate. Stored files are views of `bytes`; deflated ones are unpacked at once, within `MOST_GROWTH`.
 *
 * Checksums are not verified, because PyTorch can omit them.
 * @throws {Error} ConversionError when the archive is damaged or would unpack to too much.
 */
export function readZip (bytes: Uint8Array): Map<string, Uint8Array> {
  const entries = directory(bytes)
  const unpacked = entries.reduce((sum, { method, size }) => method === METHODS.deflated ? sum + size : sum, 0)
  if (unpacked > MOST_GROWTH * bytes.length) throw conversionError(`The archive of ${bytes.length} bytes would unpack to ${unpacked}, which no weights do.`)
  return new Map(entries.map((entry) => [entry.name, content(bytes, entry)]))
}

/** Reads the entries of the central directory. */
function directory (bytes: Uint8Array): Entry[] {
  const { at, size, count } = end(bytes)
  if (!(at >= 0 && size >= 0 && at + size <= bytes.length)) throw conversionError(`The archive is damaged: its directory of ${size} bytes at ${at} is beyond its ${bytes.length} bytes.`)
  const cursor = cursorOver(bytes.subarray(at, at + size), 'The directory of the archive')
  const entries: Entry[] = []
  while (entries.length < count) {
    if (cursor.u32() !== SIGNATURES.central) throw conversionError(`The archive is damaged: entry ${entries.length} of its directory is none.`)
    cursor.take(4)
    const [flags, method] = [cursor.u16(), cursor.u16()]
    cursor.take(8)
    const sizes = { packed: cursor.u32(), size: cursor.u32() }
    const [nameLength, extraLength, commentLength] = [cursor.u16(), cursor.u16(), cursor.u16()]
    cursor.take(8)
    const start = cursor.u32()
    const name = new TextDecoder().decode(cursor.take(nameLength))
    const extra = cursor.take(extraLength)
    cursor.take(commentLength)
    if (flags & 1) throw conversionError(`${name} of the archive is encrypted, which is not supported.`)
    entries.push({ name, method, ...widened(extra, { ...sizes, at: start }) })
  }
  return entries
}

/** Returns sizes and position of an entry. Those that exceed 32 bits are in the ZIP64 extra field, in the order size, packed, position. */
function widened (extra: Uint8Array, short: Pick<Entry, 'packed' | 'size' | 'at'>): Pick<Entry, 'packed' | 'size' | 'at'> {
  const cursor = cursorOver(extra, 'An extra field of the archive')
  while (cursor.left() >= 4) {
    const [id, length] = [cursor.u16(), cursor.u16()]
    const field = cursorOver(cursor.take(length), 'An extra field of the archive')
    if (id !== ZIP64) continue
    const wide = (value: number): number => value === ELSEWHERE ? field.u64() : value
    const size = wide(short.size)
    const packed = wide(short.packed)
    return { size, packed, at: wide(short.at) }
  }
  return short
}

/** Locates the central directory from the record at the end of the archive, which a comment may follow. */
function end (bytes: Uint8Array): { readonly at: number, readonly size: number, readonly count: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const earliest = Math.max(0, bytes.length - END_BYTES - 0xffff)
  for (let at = bytes.length - END_BYTES; at >= earliest; at--) {
    if (view.getUint32(at, true) !== SIGNATURES.end) continue
    const locator = at - LOCATOR_BYTES
    if (locator >= 0 && view.getUint32(locator, true) === SIGNATURES.locator64) return end64(bytes, Number(view.getBigUint64(locator + 8, true)))
    return { count: view.getUint16(at + 10, true), size: view.getUint32(at + 12, true), at: view.getUint32(at + 16, true) }
  }
  throw conversionError('The archive is cut off: it has no directory.')
}

function end64 (bytes: Uint8Array, at: number): ReturnType<typeof end> {
  if (at > bytes.length) throw conversionError(`The archive is damaged: its ZIP64 record at ${at} is beyond its ${bytes.length} bytes.`)
  const cursor = cursorOver(bytes.subarray(at), 'The ZIP64 record of the archive')
  if (cursor.u32() !== SIGNATURES.end64) throw conversionError(`The archive is damaged: there is no ZIP64 record at ${at}.`)
  cursor.take(28)
  const [count, size] = [cursor.u64(), cursor.u64()]
  return { count, size, at: cursor.u64() }
}

function content (bytes: Uint8Array, { name, method, packed, size, at }: Entry): Uint8Array {
  if (at > bytes.length) throw conversionError(`The archive is damaged: ${name} at ${at} is beyond its ${bytes.length} bytes.`)
  const cursor = cursorOver(bytes.subarray(at), `${name} of the archive`)
  if (cursor.u32() !== SIGNATURES.local) throw conversionError(`The archive is damaged: ${name} is not at ${at}.`)
  cursor.take(22)
  // These lengths may differ from those in the directory: PyTorch aligns its data with an extra field.
  const [nameLength, extraLength] = [cursor.u16(), cursor.u16()]
  cursor.take(nameLength + extraLength)
  const data = cursor.take(packed)
  if (method === METHODS.stored) {
    if (packed !== size) throw conversionError(`The archive contradicts itself: ${name} is stored, and has ${packed} and ${size} bytes.`)
    return data
  }
  if (method !== METHODS.deflated) throw conversionError(`${name} of the archive is packed by method ${method}, which is not supported.`)
  return inflated(name, data, size)
}

function inflated (name: string, data: Uint8Array, size: number): Uint8Array {
  try {
    // A chunk size that fits the whole content avoids joining many buffers.
    const result = inflateRawSync(data, { maxOutputLength: Math.max(1, size), chunkSize: Math.max(64, size + 1) })
    if (result.length === size) return result
  } catch (cause) {
    throw conversionError(`${name} of the archive is damaged: it does not unpack to its ${size} bytes.`, cause)
  }
  throw conversionError(`${name} of the archive is damaged: it does not unpack to its ${size} bytes.`)
}
